/* SPDX-License-Identifier: MIT */
#include "daemon/io/flight.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/events/sentence.h"
#include "daemon/io/clock.h"
#include "daemon/io/log_output.h"

#define DEFAULT_FOLDER "/var/lib/spread"

enum { FOLDER = sizeof((struct conf *)0)->flight_recorder, FILE_PATH = FOLDER + CONF_DAEMON_NAME + 16 };

struct flight {
    uint8_t *bytes;
    size_t size;
    int fd; /* holds the lock; -1: memory alone */
    bool lost_told;
    struct recorder recorder;
};

/* -- a page that cannot be had ----------------------------------------------------------------- */

/* Of the one recorder of this process; the kernel says by a signal that the disk has failed, or that
 * somebody has cut the file. */
static uint8_t *volatile mapped_at;
static volatile size_t mapped_size;
static volatile sig_atomic_t mapped_lost;

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const uint8_t *at = info->si_addr;
    (void)context;
    if (mapped_at && at >= mapped_at && at < mapped_at + mapped_size &&
        mmap(mapped_at, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0) != MAP_FAILED)
        mapped_lost = 1;
    else
        signal(number, SIG_DFL); /* it comes again, and ends us */
}

static void watch_for_bus_errors(struct flight *f)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    mapped_at = f->bytes;
    mapped_size = f->size;
    sigaction(SIGBUS, &action, NULL);
}

/* -- the folder and the file ------------------------------------------------------------------- */

static void warn(const char *path, const char *what)
{
    log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
              "FlightRecorder: %s: %s; events are kept in memory, and are gone when the daemon ends: give it a "
              "folder of the daemon's user to write to", path, what);
}

/* The usual one, if it is meant for us; "": none is. */
static void find_folder(char folder[FOLDER], uid_t user)
{
    const char *given = getenv("STATE_DIRECTORY");
    struct stat is;
    if (given && given[0] == '/')
        snprintf(folder, FOLDER, "%.*s", (int)strcspn(given, ":"), given);
    else
        snprintf(folder, FOLDER, DEFAULT_FOLDER);
    if (stat(folder, &is) != 0 || !S_ISDIR(is.st_mode) || is.st_uid != user)
        folder[0] = '\0';
}

/* Root writes to nothing that others could have put there. NULL, or what is wrong. */
static const char *wrong_file(int fd, uid_t user, struct stat *is)
{
    if (fstat(fd, is) != 0)
        return strerrordesc_np(errno);
    if (!S_ISREG(is->st_mode) || is->st_nlink != 1)
        return "is no file of its own";
    if (is->st_uid != user && is->st_uid != geteuid())
        return "belongs to somebody else";
    return flock(fd, LOCK_EX | LOCK_NB) == 0 ? NULL : "is another daemon's that runs";
}

/* What stands in the file; -1 if it cannot be told. */
static int state_of(int fd, const struct stat *is, size_t size, const char *name)
{
    uint8_t head[RECORDER_HEAD] = {0};
    if (is->st_size == 0)
        return RECORDER_BLANK;
    ssize_t n = pread(fd, head, sizeof head, 0);
    if (n < 0)
        return -1;
    bool whole = n == sizeof head && (uint64_t)is->st_size == size;
    enum recorder_state state = recorder_look(head, n == sizeof head ? (uint64_t)is->st_size : 0,
                                              event_vocabulary(), name);
    return state == RECORDER_SOUND && !whole ? RECORDER_FOREIGN : (int)state;
}

static int open_file(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

/* Another version's file, or another size's, is kept beside the new one. */
static int set_aside(int fd, const char *path)
{
    char old[FILE_PATH + 8];
    snprintf(old, sizeof old, "%s.old", path);
    close(fd);
    if (rename(path, old) != 0)
        return -1;
    log_event(log_output(), LOG_PRINT, LEVEL_INFO,
              "FlightRecorder: %s was written by another spreadd, or for another size or name: it is %s now",
              path, old);
    return open_file(path);
}

static bool map_file(struct flight *f, const char *path, const char *name, bool fresh)
{
    int error = posix_fallocate(f->fd, 0, (off_t)f->size);
    void *at = error ? MAP_FAILED : mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
    if (at == MAP_FAILED) {
        warn(path, strerrordesc_np(error ? error : errno));
        return false;
    }
    f->bytes = at;
    watch_for_bus_errors(f);
    if (fresh)
        recorder_format(f->bytes, f->size, event_vocabulary(), name);
    return true;
}

/* Opens path for good; false after a line in the log. */
static bool take_file(struct flight *f, const char *path, const char *name, uid_t user)
{
    struct stat is;
    f->fd = open_file(path);
    const char *wrong = f->fd < 0 ? strerrordesc_np(errno) : wrong_file(f->fd, user, &is);
    int state = wrong ? -1 : state_of(f->fd, &is, f->size, name);
    if (state == RECORDER_FOREIGN) {
        f->fd = set_aside(f->fd, path);
        wrong = f->fd < 0 ? strerrordesc_np(errno) : wrong_file(f->fd, user, &is);
        state = RECORDER_BLANK;
    }
    if (!wrong && state != RECORDER_SOUND && state != RECORDER_BLANK)
        wrong = "is something else, and is left alone";
    if (wrong) {
        warn(path, wrong);
        return false;
    }
    if (is.st_uid != user && fchown(f->fd, user, (gid_t)-1) != 0) {
        warn(path, strerrordesc_np(errno));
        return false;
    }
    return map_file(f, path, name, state == RECORDER_BLANK);
}

/* -- opening and closing ------------------------------------------------------------------------- */

static void take_memory(struct flight *f, const char *name)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    void *at = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        memory_exhausted();
    f->bytes = at;
    recorder_format(f->bytes, RECORDER_HEAD, event_vocabulary(), name);
}

static const char *place_name(const void *conf, int i)
{
    return ((const struct conf *)conf)->daemons[i].name;
}

struct flight *flight_open(const struct conf *conf, int self, const struct account *account)
{
    const char *name = conf->daemons[self].name;
    char folder[FOLDER], path[FILE_PATH];
    uid_t user = account->drop ? account->uid : geteuid();
    if (strcmp(conf->flight_recorder, "off") == 0)
        return NULL;
    snprintf(folder, sizeof folder, "%s", conf->flight_recorder);
    if (folder[0] == '\0')
        find_folder(folder, user);
    else if (strcmp(folder, "memory") == 0)
        folder[0] = '\0';
    struct flight *f = memory_new(sizeof *f);
    f->size = (size_t)conf->flight_recorder_mib << 20;
    f->fd = -1;
    snprintf(path, sizeof path, "%s/%s.flight", folder, name);
    if (!folder[0] || strchr(name, '/') || !take_file(f, path, name, user))
        take_memory(f, name);
    recorder_open(&f->recorder, f->bytes, f->size);
    recorder_set_places(f->bytes, conf->daemon_count, place_name, conf);
    if (f->fd >= 0)
        log_event(log_output(), LOG_CONFIGURATION, LEVEL_INFO, "flight recorder: %s, %u MiB", path,
                  conf->flight_recorder_mib);
    return f;
}

void flight_close(struct flight *f)
{
    if (!f)
        return;
    mapped_at = NULL;
    munmap(f->bytes, f->size);
    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

const struct recorder *flight_recorder(const struct flight *f)
{
    return f ? &f->recorder : NULL;
}

/* -- recording ----------------------------------------------------------------------------------- */

void flight_on_event(void *flight, const struct event_record *e)
{
    struct flight *f = flight;
    uint64_t left_out;
    if (!f || !recorder_wants(&f->recorder, e, &left_out))
        return;
    recorder_put(&f->recorder, e, left_out, clock_wall());
    if (e->kind == EVENT_RELOADED)
        recorder_set_places(f->bytes, 0, NULL, NULL);
    if (mapped_lost && !f->lost_told) {
        f->lost_told = true;
        log_event(log_output(), LOG_PRINT, LEVEL_ERROR,
                  "FlightRecorder: the disk has failed, or the file was cut: events are kept in memory "
                  "from now on");
    }
}
