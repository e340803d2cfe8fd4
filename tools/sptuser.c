/* SPDX-License-Identifier: MIT
 *
 * sptuser - an interactive client: one thread receives, the other reads commands and sends.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/user/user.h"

static void *receive(void *data)
{
    enum user_verdict verdict = USER_GOES_ON;
    while (verdict == USER_GOES_ON)
        verdict = user_receive(data);
    if (verdict == USER_FAILED)
        _exit(user_bye(verdict)); /* the other thread is waiting for input */
    return NULL;
}

static enum user_verdict converse(struct user *u)
{
    enum user_verdict verdict = USER_GOES_ON;
    char *line = NULL;
    size_t size = 0;
    while (verdict == USER_GOES_ON) {
        ssize_t len = getline(&line, &size, stdin);
        verdict = len < 0 ? user_end_of_input(u) : user_line(u, line, (size_t)len);
    }
    free(line);
    return verdict;
}

int main(int argc, char **argv)
{
    static const struct user_front front = {"sptuser", NULL, user_ask_plainly};
    static struct user user;
    pthread_t receiver;

    user_init(&user, &front, argc, argv);
    if (!user_start(&user))
        return user_bye(USER_FAILED);
    user_ask_plainly(&user);
    if (pthread_create(&receiver, NULL, receive, &user) != 0) {
        fprintf(stderr, "sptuser: no thread for receiving\n");
        return 1;
    }
    enum user_verdict verdict = converse(&user);
    int status = user_bye(verdict);
    user.leaving = true;
    SP_disconnect(user.mbox); /* wakes the receiver */
    pthread_join(receiver, NULL);
    user_fini(&user);
    return status;
}
