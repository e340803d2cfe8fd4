/* SPDX-License-Identifier: MIT
 *
 * spuser - an interactive client: lines of input and arriving messages in one event loop.
 */
#include "tools/user/input.h"

static enum user_verdict verdict;

static void conclude(enum user_verdict v)
{
    verdict = v;
    if (v != USER_GOES_ON)
        E_exit_events();
}

static void on_message(int fd, int code, void *data)
{
    (void)fd;
    (void)code;
    conclude(user_receive(data));
}

static void listen_to_mailbox(struct user *u, bool on)
{
    if (on)
        E_activate_fd(u->mbox, READ_FD);
    else
        E_deactivate_fd(u->mbox, READ_FD);
}

int main(int argc, char **argv)
{
    static const struct user_front front = {"spuser", listen_to_mailbox, input_ask};
    static struct user user;

    user_init(&user, &front, argc, argv);
    if (!user_start(&user))
        return user_bye(USER_FAILED);
    E_init();
    E_attach_fd(user.mbox, READ_FD, on_message, 0, &user, HIGH_PRIORITY);
    input_start(&user, conclude);
    E_handle_events();
    input_stop();
    SP_disconnect(user.mbox);
    user_fini(&user);
    return user_bye(verdict);
}
