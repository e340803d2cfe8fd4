/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libspread/wire/notice.h"
#include "sp.h"

enum { BODY_MAX = 512 };

struct notice {
    char bytes[BODY_MAX + 1];
    char *body; /* in bytes, at an odd address */
    size_t len;
};

static void put(struct notice *n, const void *from, size_t len)
{
    memcpy(n->body + n->len, from, len);
    n->len += len;
}

static void put_u32(struct notice *n, uint32_t word)
{
    put(n, &word, sizeof word);
}

static void put_set(struct notice *n, const char *const *names)
{
    uint32_t count = 0;
    while (names[count])
        count++;
    put_u32(n, count);
    for (uint32_t i = 0; i < count; i++) {
        char field[MAX_GROUP_NAME] = {0};
        strncpy(field, names[i], sizeof field - 1);
        put(n, field, sizeof field);
    }
}

static void start(struct notice *n)
{
    memset(n->bytes, 0xee, sizeof n->bytes);
    n->body = n->bytes + ((uintptr_t)n->bytes % 2 ? 0 : 1);
    n->len = 0;
    put_u32(n, 0xf00dbeef);
    put_u32(n, 1700000000);
    put_u32(n, 3);
}

/* A join of #new#d2. */
static void make_join(struct notice *n)
{
    start(n);
    put_u32(n, 1);
    put_u32(n, 0);
    put_set(n, (const char *const[]){"#new#d2", NULL});
}

/* Three sets, of which the second, with two members, is the receiver's own. */
static void make_network(struct notice *n)
{
    start(n);
    put_u32(n, 3);
    put_u32(n, 4 + 32);
    put_set(n, (const char *const[]){"#a#d3", NULL});
    put_set(n, (const char *const[]){"#b#d1", "#c#d1", NULL});
    put_set(n, (const char *const[]){"#d#d2", "#e#d2", "#f#d2", NULL});
}

static const int JOIN = REG_MEMB_MESS | CAUSED_BY_JOIN;
static const int NETWORK = REG_MEMB_MESS | CAUSED_BY_NETWORK;

static membership_info filled_info(void)
{
    membership_info info;
    memset(&info, 0x77, sizeof info);
    return info;
}

static void assert_id(group_id id)
{
    assert_int_equal((uint32_t)id.id[0], 0xf00dbeef);
    assert_int_equal(id.id[1], 1700000000);
    assert_int_equal(id.id[2], 3);
}

/* -- the flat forms --------------------------------------------------------------------------- */

static void a_join_tells_who_joined(void **state)
{
    (void)state;
    struct notice n;
    membership_info info = filled_info();
    make_join(&n);
    assert_int_equal(SP_get_memb_info(n.body, JOIN, &info), 1);
    assert_id(info.gid);
    assert_string_equal(info.changed_member, "#new#d2");
    assert_int_equal(info.num_vs_sets, 1);
    assert_int_equal(info.my_vs_set.num_members, 1);
    assert_int_equal(info.my_vs_set.members_offset, 24);
}

static void leave_and_disconnect_tell_who_went(void **state)
{
    (void)state;
    const int causes[] = {CAUSED_BY_LEAVE, CAUSED_BY_DISCONNECT};
    for (int i = 0; i < 2; i++) {
        struct notice n;
        membership_info info = filled_info();
        make_join(&n);
        assert_int_equal(SP_get_memb_info(n.body, REG_MEMB_MESS | causes[i], &info), 1);
        assert_string_equal(info.changed_member, "#new#d2");
    }
}

static void a_network_change_names_nobody_and_gives_the_own_set(void **state)
{
    (void)state;
    static const char zeros[MAX_GROUP_NAME];
    struct notice n;
    membership_info info = filled_info();
    make_network(&n);
    assert_int_equal(SP_get_memb_info(n.body, NETWORK, &info), 1);
    assert_id(info.gid);
    assert_memory_equal(info.changed_member, zeros, sizeof zeros);
    assert_int_equal(info.num_vs_sets, 3);
    assert_int_equal(info.my_vs_set.num_members, 2);
    assert_int_equal(info.my_vs_set.members_offset, 20 + 36 + 4);
}

static void a_transitional_notice_gives_the_id_alone(void **state)
{
    (void)state;
    struct notice n;
    membership_info info = filled_info();
    start(&n);
    assert_int_equal(SP_get_memb_info(n.body, TRANSITION_MESS, &info), 1);
    assert_id(info.gid);
    assert_int_equal((unsigned char)info.changed_member[0], 0x77); /* untouched */
    assert_int_equal(info.num_vs_sets, 0);
    assert_int_equal(info.my_vs_set.num_members, 0);
    assert_int_equal(info.my_vs_set.members_offset, 0);
}

static void a_self_leave_reads_nothing_and_zeroes_the_id(void **state)
{
    (void)state;
    membership_info info = filled_info();
    char *nothing = calloc(1, 1); /* a sanitizer sees any read beyond */
    assert_int_equal(SP_get_memb_info(nothing + 1, CAUSED_BY_LEAVE, &info), 1);
    assert_int_equal(SP_equal_group_ids(info.gid, (group_id){{0}}), 1);
    assert_int_equal((unsigned char)info.changed_member[0], 0x77);
    assert_int_equal(info.num_vs_sets, 0);
    assert_int_equal(info.my_vs_set.num_members, 0);
    free(nothing);
}

static void data_and_rejects_are_no_membership(void **state)
{
    (void)state;
    struct notice n;
    membership_info info = filled_info(), before = info;
    make_join(&n);
    assert_int_equal(SP_get_memb_info(n.body, SAFE_MESS, &info), ILLEGAL_MESSAGE);
    assert_int_equal(SP_get_memb_info(n.body, 0, &info), ILLEGAL_MESSAGE);
    assert_int_equal(SP_get_memb_info(n.body, REJECT_MESS | CAUSED_BY_JOIN, &info),
                     ILLEGAL_MESSAGE);
    assert_memory_equal(&info, &before, sizeof info);
}

static void sets_come_in_body_order_with_the_own_one_marked(void **state)
{
    (void)state;
    struct notice n;
    vs_set_info sets[4];
    unsigned int own = 77;
    make_network(&n);
    memset(sets, 0x77, sizeof sets);
    assert_int_equal(SP_get_vs_sets_info(n.body, sets, 4, &own), 3);
    assert_int_equal(own, 1);
    const unsigned int members[] = {1, 2, 3}, offsets[] = {24, 60, 128};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sets[i].num_members, members[i]);
        assert_int_equal(sets[i].members_offset, offsets[i]);
    }
    assert_int_equal(sets[3].num_members, 0x77777777); /* the real number was written, no more */
}

static void too_little_room_for_the_sets_stores_nothing(void **state)
{
    (void)state;
    struct notice n;
    vs_set_info sets[3], before[3];
    unsigned int own = 77;
    make_network(&n);
    memset(sets, 0x77, sizeof sets);
    memcpy(before, sets, sizeof sets);
    for (int room = -1; room < 3; room++)
        assert_int_equal(SP_get_vs_sets_info(n.body, sets, room, &own), BUFFER_TOO_SHORT);
    assert_int_equal(own, 77);
    assert_memory_equal(sets, before, sizeof sets);
}

static void an_own_offset_that_fits_no_set_leaves_the_index(void **state)
{
    (void)state;
    struct notice n;
    vs_set_info sets[3];
    unsigned int own = 77;
    make_network(&n);
    put_word((uint8_t *)n.body + NOTICE_OWN_AT, 5);
    assert_int_equal(SP_get_vs_sets_info(n.body, sets, 3, &own), 3);
    assert_int_equal(own, 77);
}

static void members_of_a_set_are_copied(void **state)
{
    (void)state;
    struct notice n;
    vs_set_info sets[3];
    unsigned int own;
    char names[4][MAX_GROUP_NAME];
    make_network(&n);
    SP_get_vs_sets_info(n.body, sets, 3, &own);
    memset(names, 0x77, sizeof names);
    assert_int_equal(SP_get_vs_set_members(n.body, &sets[2], names, 4), 3);
    assert_string_equal(names[0], "#d#d2");
    assert_string_equal(names[1], "#e#d2");
    assert_string_equal(names[2], "#f#d2");
    assert_int_equal(names[3][0], 0x77);
    assert_int_equal(SP_get_vs_set_members(n.body, &sets[own], names, 2), 2);
    assert_string_equal(names[0], "#b#d1");
    assert_int_equal(SP_get_vs_set_members(n.body, &sets[2], names, 2), BUFFER_TOO_SHORT);
    assert_int_equal(SP_get_vs_set_members(n.body, &sets[2], names, -1), BUFFER_TOO_SHORT);
    assert_string_equal(names[0], "#b#d1");
}

static void every_name_ends_within_its_field(void **state)
{
    (void)state;
    struct notice n;
    membership_info info;
    char names[1][MAX_GROUP_NAME];
    make_join(&n);
    memset(n.body + 24, 'x', MAX_GROUP_NAME);
    SP_get_memb_info(n.body, JOIN, &info);
    assert_int_equal(strlen(info.changed_member), MAX_GROUP_NAME - 1);
    assert_int_equal(SP_get_vs_set_members(n.body, &info.my_vs_set, names, 1), 1);
    assert_int_equal(strlen(names[0]), MAX_GROUP_NAME - 1);
}

static void group_ids_are_equal_if_all_words_are(void **state)
{
    (void)state;
    group_id a = {{1, -2, 3}};
    assert_int_equal(SP_equal_group_ids(a, (group_id){{1, -2, 3}}), 1);
    for (int i = 0; i < 3; i++) {
        group_id b = a;
        b.id[i]++;
        assert_int_equal(SP_equal_group_ids(a, b), 0);
    }
}

/* -- the scatter forms ------------------------------------------------------------------------ */

/* The first len bytes of the body, cut into pieces of the lengths given in turn (0 allowed), each
 * in memory of its own so that a sanitizer sees a step too far. */
static void cut(scatter *s, const char *body, size_t len, const size_t *lengths, size_t kinds)
{
    s->num_elements = 0;
    for (size_t at = 0, i = 0; at < len; i++) {
        size_t here = lengths[i % kinds];
        if (here > len - at || s->num_elements == MAX_CLIENT_SCATTER_ELEMENTS - 1)
            here = len - at;
        scat_element *e = &s->elements[s->num_elements++];
        e->buf = malloc(here ? here : 1);
        e->len = here;
        memcpy(e->buf, body + at, here);
        at += here;
    }
}

static void discard(scatter *s)
{
    for (size_t i = 0; i < s->num_elements; i++)
        free(s->elements[i].buf);
}

static const size_t SPLITS[][4] = {
    {512, 512, 512, 512}, {5, 7, 100, 100}, {3, 0, 1, 9}, {20, 4, 32, 32}, {0, 13, 31, 2},
};

static void any_split_gives_what_the_flat_form_gives(void **state)
{
    (void)state;
    for (size_t split = 0; split < sizeof SPLITS / sizeof SPLITS[0]; split++) {
        struct notice n;
        scatter s;
        membership_info flat, info;
        vs_set_info flat_sets[3], sets[3];
        unsigned int flat_own, own;
        char flat_names[3][MAX_GROUP_NAME], names[3][MAX_GROUP_NAME];
        make_network(&n);
        cut(&s, n.body, n.len, SPLITS[split], 4);
        memset(&flat, 0, sizeof flat);
        memset(&info, 0, sizeof info);

        SP_get_memb_info(n.body, NETWORK, &flat);
        assert_int_equal(SP_scat_get_memb_info(&s, NETWORK, &info), 1);
        assert_memory_equal(&info, &flat, sizeof flat);

        SP_get_vs_sets_info(n.body, flat_sets, 3, &flat_own);
        assert_int_equal(SP_scat_get_vs_sets_info(&s, sets, 3, &own), 3);
        assert_memory_equal(sets, flat_sets, sizeof sets);
        assert_int_equal(own, flat_own);

        SP_get_vs_set_members(n.body, &sets[2], flat_names, 3);
        assert_int_equal(SP_scat_get_vs_set_members(&s, &sets[2], names, 3), 3);
        assert_memory_equal(names, flat_names, sizeof names);
        discard(&s);
    }
}

static void a_body_cut_short_is_illegal_and_never_read_beyond(void **state)
{
    (void)state;
    struct notice n;
    make_network(&n);
    for (size_t len = 0; len < n.len; len++) {
        scatter s;
        membership_info info = filled_info(), before = info;
        vs_set_info sets[3], last = {.num_members = 3, .members_offset = 128};
        unsigned int own;
        char names[3][MAX_GROUP_NAME];
        cut(&s, n.body, len, SPLITS[1], 4);
        if (len < 20 + 36 + 4) { /* its own set is not there */
            assert_int_equal(SP_scat_get_memb_info(&s, NETWORK, &info), ILLEGAL_MESSAGE);
            assert_memory_equal(&info, &before, sizeof info);
        }
        if (len < 128) /* the last count is not there */
            assert_int_equal(SP_scat_get_vs_sets_info(&s, sets, 3, &own), ILLEGAL_MESSAGE);
        assert_int_equal(SP_scat_get_vs_set_members(&s, &last, names, 3), ILLEGAL_MESSAGE);
        discard(&s);
    }
}

static void a_join_without_its_name_is_illegal(void **state)
{
    (void)state;
    struct notice n;
    scatter s;
    membership_info info;
    make_join(&n);
    cut(&s, n.body, n.len - 1, SPLITS[0], 1);
    assert_int_equal(SP_scat_get_memb_info(&s, JOIN, &info), ILLEGAL_MESSAGE);
    discard(&s);
}

static void counts_and_offsets_beyond_the_body_are_illegal(void **state)
{
    (void)state;
    const uint32_t wild[] = {4, 1000, 0x7fffffff, 0xfffffff0, 0xffffffff};
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        struct notice n;
        scatter s;
        membership_info info;
        vs_set_info sets[3], set = {.num_members = 1, .members_offset = wild[i] | 0x1000};
        unsigned int own;
        char names[1][MAX_GROUP_NAME];
        make_network(&n);
        put_word((uint8_t *)n.body + NOTICE_OWN_AT, wild[i] | 0x1000);
        put_word((uint8_t *)n.body + NOTICE_FIRST_SET, wild[i] | 0x1000);
        cut(&s, n.body, n.len, SPLITS[1], 4);
        assert_int_equal(SP_scat_get_memb_info(&s, NETWORK, &info), ILLEGAL_MESSAGE);
        assert_int_equal(SP_scat_get_vs_sets_info(&s, sets, 3, &own), ILLEGAL_MESSAGE);
        assert_int_equal(SP_scat_get_vs_set_members(&s, &set, names, 1), ILLEGAL_MESSAGE);
        put_word((uint8_t *)s.elements[2].buf, wild[i]); /* the number of sets */
        assert_int_equal(SP_scat_get_vs_sets_info(&s, sets, 3, &own), BUFFER_TOO_SHORT);
        discard(&s);
    }
}

static void more_pieces_than_a_scatter_may_have_are_illegal(void **state)
{
    (void)state;
    scatter s = {.num_elements = MAX_CLIENT_SCATTER_ELEMENTS + 1};
    membership_info info;
    vs_set_info sets[1], set = {.num_members = 1};
    unsigned int own;
    char names[1][MAX_GROUP_NAME];
    assert_int_equal(SP_scat_get_memb_info(&s, NETWORK, &info), ILLEGAL_MESSAGE);
    assert_int_equal(SP_scat_get_vs_sets_info(&s, sets, 1, &own), ILLEGAL_MESSAGE);
    assert_int_equal(SP_scat_get_vs_set_members(&s, &set, names, 1), ILLEGAL_MESSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_tells_who_joined),
        cmocka_unit_test(leave_and_disconnect_tell_who_went),
        cmocka_unit_test(a_network_change_names_nobody_and_gives_the_own_set),
        cmocka_unit_test(a_transitional_notice_gives_the_id_alone),
        cmocka_unit_test(a_self_leave_reads_nothing_and_zeroes_the_id),
        cmocka_unit_test(data_and_rejects_are_no_membership),
        cmocka_unit_test(sets_come_in_body_order_with_the_own_one_marked),
        cmocka_unit_test(too_little_room_for_the_sets_stores_nothing),
        cmocka_unit_test(an_own_offset_that_fits_no_set_leaves_the_index),
        cmocka_unit_test(members_of_a_set_are_copied),
        cmocka_unit_test(every_name_ends_within_its_field),
        cmocka_unit_test(group_ids_are_equal_if_all_words_are),
        cmocka_unit_test(any_split_gives_what_the_flat_form_gives),
        cmocka_unit_test(a_body_cut_short_is_illegal_and_never_read_beyond),
        cmocka_unit_test(a_join_without_its_name_is_illegal),
        cmocka_unit_test(counts_and_offsets_beyond_the_body_are_illegal),
        cmocka_unit_test(more_pieces_than_a_scatter_may_have_are_illegal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
