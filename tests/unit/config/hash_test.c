/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config/hash.h"
#include "tests/unit/config/reading.h"

static uint32_t hash_of(const char *text)
{
    struct reading *r = reading_of(text);
    if (!r->conf)
        fail_msg("%s", r->fatal->text);
    uint32_t hash = r->conf->hash;
    reading_free(r);
    return hash;
}

static void ids_of_names_are_those_of_5_0_1(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t id;
    } table[] = {
        {"d1", 1552775919},
        {"d2", 348480928},
        {"localhost", 482711334},
        {"127.0.0.1", 3409748320u},
        {"abcdefghijklmnopqrs", 3919549666u},
        {"d\xc3\xa9", 3449976168u}, /* bytes over 127 are added as negative numbers */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(conf_id_of_name(table[i].name), table[i].id);
}

#define BASE "Spread_Segment 127.0.0.255:5201 { d1 127.0.0.1 }\n"

static void each_part_of_the_ring_changes_the_hash_as_in_5_0_1(void **state)
{
    (void)state;
    assert_int_equal(hash_of(BASE), 1860204470);
    assert_int_equal(hash_of("AcceleratedRing = true " BASE), 3266560139u);
    assert_int_equal(hash_of("ExcludeSegAddrsFromHash = true " BASE), 1097702974);
    assert_int_equal(hash_of("Spread_Segment 127.0.0.255:5201 127.0.1.255 { d1 127.0.0.1 }"),
                     3336134668u);
    assert_int_equal(hash_of("Spread_Segment 127.0.0.255:5201 { d1 127.0.0.1 VirtualID = 5 }"),
                     3007761860u);
    assert_int_equal(hash_of("Spread_Segment [ff02::99]:5201 { d1 ::1 }"), 1875186648);
}

static void nothing_else_changes_it(void **state)
{
    (void)state;
    static const char *const same[] = {
        "AcceleratedRing = false " BASE,
        "WideAreaNetwork = true " BASE,
        "Window = 50 PersonalWindow = 10 AcceleratedWindow = 5 " BASE,
        "DangerousMonitor = true RealTime = true PacketSize = 1400 " BASE,
        "MaxSessionBytes = 1000000 SuspectTimeout = 50 " BASE,
        BASE "EventTimeStamp MaxSessionMessages = 5 AllowedAuthMethods = \"NULL IP\"",
        "Spread_Segment 127.0.0.255:5201 { d1 127.0.0.1 { D 0.0.0.0 C 127.0.0.1 M 127.0.0.1 } }",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_int_equal(hash_of(same[i]), 1860204470);
}

static void the_interface_of_an_ipv6_address_is_not_hashed(void **state)
{
    (void)state;
    assert_int_equal(hash_of("Spread_Segment [ff02::99%lo]:5201 { d1 ::1%lo }"), 1875186648);
    assert_int_equal(hash_of("Spread_Segment [FF02:0::0:99]:5201 { d1 0:0:0:0:0:0:0:1 }"),
                     1875186648);
}

static void the_largest_configuration_is_hashed_whole(void **state)
{
    (void)state;
    static char text[32768];
    size_t len = 0;
    for (int s = 0; s < CONF_SEGMENTS_MAX; s++)
        len += (size_t)sprintf(text + len,
                               "Spread_Segment [ff02::%x]:%d ff02:2:3:4:5:6:7:8 "
                               "ff02:3:3:4:5:6:7:8 ff02:4:3:4:5:6:7:8 ff02:5:3:4:5:6:7:8 {\n%s}\n",
                               s + 1, 60000 + s, s < CONF_SEGMENTS_MAX - 1 ? "" : "%");
    char *at = strchr(text, '%');
    len = (size_t)(at - text);
    for (int d = 0; d < CONF_DAEMONS_MAX; d++)
        len += (size_t)sprintf(text + len, "a-name-of-19-byte%02x fd00:2222:3333::%x\n", d, d + 1);
    strcpy(text + len, "}");
    char all[] = "ActiveIPVersion = IPv6 ";
    memmove(text + strlen(all), text, len + 2);
    memcpy(text, all, strlen(all));

    uint32_t hash = hash_of(text);
    *strstr(text, "fd00:2222:3333::80") = 'e'; /* "ed00...": not an address of any special kind */
    assert_int_not_equal(hash_of(text), hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_names_are_those_of_5_0_1),
        cmocka_unit_test(each_part_of_the_ring_changes_the_hash_as_in_5_0_1),
        cmocka_unit_test(nothing_else_changes_it),
        cmocka_unit_test(the_interface_of_an_ipv6_address_is_not_hashed),
        cmocka_unit_test(the_largest_configuration_is_hashed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
