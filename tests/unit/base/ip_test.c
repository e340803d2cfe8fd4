/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/base/ip.h"

static struct ip ip_of(const char *text)
{
    struct ip ip;
    assert_true(ip_parse(&ip, text));
    return ip;
}

static void expect_text(const char *read, const char *written)
{
    char text[IP_TEXT];
    struct ip ip = ip_of(read);
    assert_ptr_equal(ip_text(&ip, text), text);
    assert_string_equal(text, written);
}

static void addresses_are_written_in_their_usual_form(void **state)
{
    (void)state;
    expect_text("0.0.0.0", "0.0.0.0");
    expect_text("255.255.255.255", "255.255.255.255");
    expect_text("::", "::");
    expect_text("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
    expect_text("fe80::1%eth0", "fe80::1");
    expect_text("1111:2222:3333:4444:5555:6666:7777:8888",
                "1111:2222:3333:4444:5555:6666:7777:8888");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4 ",
        " 1.2.3.4",
        "01.2.3.4",
        "1.2.3.4%eth0",
        ":",
        ":::",
        "1:2:3:4:5:6:7:8:9",
        "fe80::1%",
        "fe80::g",
        "%eth0",
        "fe80::1%sixteen-letters!",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
    };
    struct ip ip;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (ip_parse(&ip, texts[i]))
            fail_msg("\"%s\" was taken for an address", texts[i]);
}

static void the_longest_zone_fits_with_its_end(void **state)
{
    (void)state;
    struct ip ip = ip_of("fe80::1%123456789012345");
    assert_string_equal(ip.zone, "123456789012345");
    assert_false(ip_parse(&ip, "fe80::1%1234567890123456"));
}

static void nothing_is_written_as_none(void **state)
{
    (void)state;
    char text[IP_TEXT];
    struct ip nothing = {0};
    assert_string_equal(ip_text(&nothing, text), "none");
}

static void equal_means_family_and_bytes(void **state)
{
    (void)state;
    struct ip a = ip_of("10.0.0.1"), b = ip_of("10.0.0.1"), c = ip_of("10.0.0.2");
    struct ip scoped = ip_of("fe80::1%eth0"), other = ip_of("fe80::1%eth1");
    struct ip four = ip_of("0.0.0.0"), six = ip_of("::"), nothing = {0};
    assert_true(ip_equal(&a, &b));
    assert_false(ip_equal(&a, &c));
    assert_true(ip_equal(&scoped, &other)); /* the zone is ours, not the address's */
    assert_false(ip_equal(&four, &six));
    assert_false(ip_equal(&six, &nothing));
    b.bytes[4] = 1; /* behind the four that count */
    assert_true(ip_equal(&a, &b));
}

struct kind {
    const char *text;
    bool wildcard, multicast, loopback;
};

static void each_address_is_of_its_kind(void **state)
{
    (void)state;
    static const struct kind kinds[] = {
        {"0.0.0.0", true, false, false},
        {"::", true, false, false},
        {"0.0.0.1", false, false, false},
        {"::2", false, false, false},
        {"223.255.255.255", false, false, false},
        {"224.0.0.0", false, true, false},
        {"239.255.255.255", false, true, false},
        {"240.0.0.0", false, false, false},
        {"ff00::", false, true, false},
        {"fe00::", false, false, false},
        {"127.0.0.1", false, false, true},
        {"127.255.255.255", false, false, true},
        {"126.0.0.1", false, false, false},
        {"::1", false, false, true},
        {"1::1", false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct ip ip = ip_of(kinds[i].text);
        assert_int_equal(ip_is_wildcard(&ip), kinds[i].wildcard);
        assert_int_equal(ip_is_multicast(&ip), kinds[i].multicast);
        assert_int_equal(ip_is_loopback(&ip), kinds[i].loopback);
    }
    struct ip nothing = {0};
    assert_false(ip_is_wildcard(&nothing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_written_in_their_usual_form),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(the_longest_zone_fits_with_its_end),
        cmocka_unit_test(nothing_is_written_as_none),
        cmocka_unit_test(equal_means_family_and_bytes),
        cmocka_unit_test(each_address_is_of_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
