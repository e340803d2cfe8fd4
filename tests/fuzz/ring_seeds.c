/* SPDX-License-Identifier: MIT
 *
 * Plays for ring_fuzz: three daemons in memory find each other, order messages, lose packets and
 * each other, meet again and leave; what d1 hears of it is written down.
 *
 * usage: ring_seeds FOLDER
 */
#include <stdio.h>

#include "tests/fuzz/stage.h"

enum { TICKS_MAX = 255, TURNS = 64, BIG = 5000 };

struct play {
    FILE *file;
    struct world *daemons[STAGE_DAEMONS];
    struct peer_end *clients[STAGE_DAEMONS];
    bool deaf[STAGE_DAEMONS]; /* hears nobody, and nobody hears it */
    unsigned lost_of;         /* every so manyth datagram is lost; 0: none */
    unsigned carried;
    unsigned silent_ticks; /* since the last event of d1 */
};

static void write_step(struct play *p, enum step_kind kind, const uint8_t *bytes, size_t len)
{
    for (; p->silent_ticks > TICKS_MAX; p->silent_ticks -= TICKS_MAX)
        fwrite((uint8_t[]){STEP_WAIT, TICKS_MAX, 0, 0}, 1, STEP_FIXED, p->file);
    uint8_t head[] = {(uint8_t)kind, (uint8_t)p->silent_ticks, (uint8_t)(len >> 8), (uint8_t)len};
    fwrite(head, 1, sizeof head, p->file);
    fwrite(bytes, 1, len, p->file);
    p->silent_ticks = 0;
}

static void hear(struct play *p, int to, const struct datagram_out *out)
{
    if (to == 0)
        write_step(p, out->token_port ? STEP_CONTROL : STEP_DATA, out->bytes, out->len);
    stage_hear(p->daemons[to], out->bytes, out->len, out->token_port);
}

static void carry(struct play *p, int from, const struct datagram_out *out)
{
    for (int to = 0; to < STAGE_DAEMONS; to++) {
        bool meant = out->segment ? to != from : to == out->proc;
        bool lost = p->lost_of && ++p->carried % p->lost_of == 0;
        if (meant && !lost && !p->deaf[from] && !p->deaf[to])
            hear(p, to, out);
    }
    block_unref(out->block);
}

static void pass(struct play *p, unsigned ms)
{
    for (unsigned tick = 0; tick < ms * 1000 / STAGE_TICK_US; tick++) {
        p->silent_ticks++;
        for (int i = 0; i < STAGE_DAEMONS; i++)
            stage_pass(p->daemons[i], p->daemons[i]->now + STAGE_TICK_US);
        for (int turn = 0; turn < TURNS; turn++)
            for (int i = 0; i < STAGE_DAEMONS; i++) {
                struct datagram_out out;
                while (daemon_next_datagram(p->daemons[i]->daemon, &out))
                    carry(p, i, &out);
            }
    }
}

static void cast(struct play *p, int at)
{
    if (at == 0)
        write_step(p, STEP_CAST, NULL, 0);
    stage_request(p->clients[at], 0x20, "cast");
}

static void cast_all(struct play *p, int times)
{
    for (int i = 0; i < times; i++)
        for (int at = 0; at < STAGE_DAEMONS; at++)
            cast(p, at);
}

/* -- the plays ----------------------------------------------------------------------------- */

static void meet(struct play *p)
{
    do
        pass(p, 50);
    while (procset_count(&daemon_view(p->daemons[0]->daemon)->members) < STAGE_DAEMONS);
    pass(p, 50);
}

static void order(struct play *p)
{
    char big[BIG] = "";
    memset(big, 'x', sizeof big - 1);
    meet(p);
    cast_all(p, 5);
    pass(p, 20);
    stage_request(p->clients[1], 0x10, big);
    pass(p, 50);
}

static void lose_packets(struct play *p)
{
    meet(p);
    p->lost_of = 5;
    for (int i = 0; i < 10; i++) {
        cast_all(p, 2);
        pass(p, 10);
    }
    pass(p, 300);
}

static void lose_a_daemon(struct play *p)
{
    meet(p);
    cast_all(p, 2);
    p->deaf[2] = true;
    cast_all(p, 2);
    pass(p, 1500);
    cast_all(p, 1);
    p->deaf[2] = false;
    pass(p, 2500);
    cast_all(p, 1);
    pass(p, 50);
}

static void lose_the_others(struct play *p)
{
    meet(p);
    p->deaf[0] = true;
    cast_all(p, 2);
    pass(p, 1500);
    p->deaf[0] = false;
    pass(p, 2500);
}

static void see_one_leave(struct play *p)
{
    meet(p);
    cast_all(p, 1);
    daemon_leave(p->daemons[1]->daemon, p->daemons[1]->now);
    pass(p, 300);
}

static void write_play(const char *folder, const char *name, void (*run)(struct play *))
{
    char path[512];
    struct play p = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    p.file = fopen(path, "wb");
    if (!p.file) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < STAGE_DAEMONS; i++) {
        p.daemons[i] = stage_daemon(i);
        p.clients[i] = world_join_as(p.daemons[i], "client");
        stage_request(p.clients[i], FRAME_JOIN, "");
    }
    run(&p);
    fclose(p.file);
    for (int i = 0; i < STAGE_DAEMONS; i++) {
        peer_free(p.clients[i]);
        world_free(p.daemons[i]);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: ring_seeds FOLDER\n");
        return 2;
    }
    write_play(argv[1], "meet", meet);
    write_play(argv[1], "order", order);
    write_play(argv[1], "lose_packets", lose_packets);
    write_play(argv[1], "lose_a_daemon", lose_a_daemon);
    write_play(argv[1], "lose_the_others", lose_the_others);
    write_play(argv[1], "see_one_leave", see_one_leave);
    return 0;
}
