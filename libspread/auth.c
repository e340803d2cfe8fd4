/* SPDX-License-Identifier: MIT */
#include "libspread/auth.h"

#include <string.h>

#include "include/sp.h"
#include "libspread/lock.h"
#include "libspread/relay.h"
#include "libspread/sigpipe.h"

static int no_exchange(int fd, void *data)
{
    (void)fd;
    (void)data;
    return 1;
}

/* Guarded by the process lock. */
static struct auth_methods registered = {.count = 1, .name = {"NULL"}, .run = {no_exchange}};

static bool acceptable(const char *name, int (*run)(int, void *))
{
    return name && run && strnlen(name, AUTH_NAME) < AUTH_NAME;
}

int SP_set_auth_methods(int num_methods, const char *auth_name[],
                        int (*auth_function[])(int, void *), void *auth_data[])
{
    struct auth_methods m = {.count = num_methods};
    sigpipe_settle();
    if (num_methods < 0 || num_methods > AUTH_SLOTS)
        return 0;
    for (int i = 0; i < num_methods; i++) {
        if (!acceptable(auth_name[i], auth_function[i]))
            return 0;
        memcpy(m.name[i], auth_name[i], strlen(auth_name[i]));
        m.run[i] = auth_function[i];
        m.data[i] = auth_data[i];
    }
    process_lock();
    registered = m;
    process_unlock();
    return 1;
}

int SP_set_auth_method(const char *auth_name, int (*auth_function)(int, void *), void *auth_data)
{
    return SP_set_auth_methods(1, &auth_name, &auth_function, &auth_data);
}

struct auth_methods auth_registered(void)
{
    process_lock();
    struct auth_methods m = registered;
    process_unlock();
    return m;
}

/* True if name is one of the words, which single spaces separate. */
static bool has_word(const char *list, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    while (len > 0) {
        const char *space = memchr(list, ' ', len);
        size_t word = space ? (size_t)(space - list) : len;
        if (word == name_len && memcmp(list, name, word) == 0)
            return true;
        size_t step = space ? word + 1 : word;
        list += step;
        len -= step;
    }
    return false;
}

bool auth_all_offered(const struct auth_methods *m, const char *list, size_t len)
{
    for (int i = 0; i < m->count; i++)
        if (!has_word(list, len, m->name[i]))
            return false;
    return true;
}

bool auth_run(const struct auth_methods *m, struct channel c)
{
    bool all = true, speaks = false;
    struct relay r;
    for (int i = 0; i < m->count; i++)
        speaks = speaks || m->run[i] != no_exchange;
    if (!speaks)
        return true;
    if (!relay_begin(&r, c))
        return false;
    for (int i = 0; i < m->count; i++)
        all = m->run[i](r.theirs, m->data[i]) != 0 && all;
    relay_end(&r);
    return all;
}
