/* SPDX-License-Identifier: MIT
 *
 * spreadd - options, configuration, privileges; builds the daemon, runs it, leaves.
 */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/io/clock.h"
#include "daemon/io/confine.h"
#include "daemon/io/descriptors.h"
#include "daemon/io/files.h"
#include "daemon/io/flight.h"
#include "daemon/io/host.h"
#include "daemon/io/journal.h"
#include "daemon/io/keygen.h"
#include "daemon/io/log_output.h"
#include "daemon/io/loop.h"
#include "daemon/io/may.h"
#include "daemon/io/notify.h"
#include "daemon/io/process.h"
#include "daemon/io/startup.h"
#include "daemon/io/tls.h"

#ifndef SPREAD_VERSION_TEXT
#define SPREAD_VERSION_TEXT "unknown"
#endif

enum { WRONG_COMMAND = 2 }; /* the exit status */

enum { OPTION_CHECK = 256, OPTION_MAY, OPTION_KEYGEN, OPTION_VERSION, OPTION_SOCKET_DIR };

struct options {
    const char *file;       /* -c */
    const char *name;       /* -n */
    const char *socket_dir; /* --socket-dir; NULL: the usual one, if it is free */
    const char *check;      /* --check */
    const char *may;        /* --may: an identity ... */
    char **what;            /* ... a right, and a name */
    bool keygen;            /* --keygen */
    uint16_t port;          /* -p: of the built-in configuration */
    bool journal;           /* -l y */
};

static const char usage[] =
    "usage: spreadd [-c FILE] [-n NAME] [-l y|n] [-p PORT] [--socket-dir DIR]\n"
    "       spreadd --check [FILE] [--may IDENTITY RIGHT NAME]\n"
    "       spreadd --keygen [NUMBER] [ALGORITHM]\n"
    "\n"
    "  -c FILE           configuration; without it ./spread.conf, then " SPREAD_SYSCONFDIR
    "/spread.conf,\n"
    "                    then /etc/spread.conf; where there is none, one daemon on localhost\n"
    "  -n NAME           which daemon of the configuration this is (default: the first whose\n"
    "                    address this machine has)\n"
    "  -l y|n            write a log of memberships and clients to a file called NAME\n"
    "  -p PORT           port of the daemon on localhost (default 4803); not with -c\n"
    "  --socket-dir DIR  folder of the Unix socket (default: SocketDir, or " SPREAD_SOCKET_DIR ")\n"
    "  --check FILE      say what FILE means, or what is wrong with it, and exit\n"
    "  --may IDENTITY RIGHT NAME\n"
    "                    with --check, say whether the policy allows it, and by which line: for null,\n"
    "                    user:NAME, uid:USER, cert:NAME or ip:ADDRESS, whether to connect under that\n"
    "                    name, join, send to or see that group, or send to that client (private)\n"
    "  --keygen          write the line of a new key for DaemonKeyFile, and exit: its NUMBER (1),\n"
    "                    aes-256-gcm or chacha20-poly1305 (what this processor is quicker with)\n"
    "  --help, -h        this\n"
    "  --version         which version it is of\n";

static void fatal(const char *text)
{
    log_event(log_output(), LOG_PRINT, LEVEL_FATAL, "spreadd: %s", text);
}

static bool read_port(const char *text, uint16_t *port)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end || n < 1 || n > 65534)
        return false;
    *port = (uint16_t)n;
    return true;
}

__attribute__((format(printf, 1, 2))) static bool wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("spreadd: ", stderr);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n\n%s", usage);
    va_end(arguments);
    return false;
}

/* One option; false if it is wrong. --help and --version end the program. */
static bool read_option(struct options *o, int letter)
{
    switch (letter) {
    case 'c':
        o->file = optarg;
        return true;
    case 'n':
        o->name = optarg;
        return strlen(optarg) < CONF_DAEMON_NAME ||
               wrong("-n %s: a name has at most 19 bytes", optarg);
    case 'l':
        o->journal = strcmp(optarg, "y") == 0;
        return o->journal || strcmp(optarg, "n") == 0 || wrong("-l %s: it takes y or n", optarg);
    case 'p':
        return read_port(optarg, &o->port) ||
               wrong("-p %s: it takes a port from 1 to 65534", optarg);
    case OPTION_CHECK:
        o->check = optarg;
        if (strcmp(optarg, "--may") == 0) { /* the file was left out */
            o->check = NULL;
            optind--;
        }
        return true;
    case OPTION_MAY:
        o->may = optarg;
        return true;
    case OPTION_KEYGEN:
        o->keygen = true;
        return true;
    case OPTION_SOCKET_DIR:
        o->socket_dir = optarg;
        return true;
    case 'h':
        fputs(usage, stdout);
        exit(0);
    case OPTION_VERSION:
        puts("spreadd " SPREAD_VERSION_TEXT ", compatible with Spread 5.0.1");
        exit(0);
    default: /* getopt has said which */
        fprintf(stderr, "\n%s", usage);
        return false;
    }
}

static bool read_options(struct options *o, int argc, char **argv)
{
    static const struct option names[] = {
        {"check", required_argument, NULL, OPTION_CHECK},
        {"may", required_argument, NULL, OPTION_MAY},
        {"keygen", no_argument, NULL, OPTION_KEYGEN},
        {"socket-dir", required_argument, NULL, OPTION_SOCKET_DIR},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPTION_VERSION},
        {0},
    };
    int letter;
    *o = (struct options){0};
    while ((letter = getopt_long(argc, argv, "c:n:l:p:h", names, NULL)) != -1)
        if (!read_option(o, letter))
            return false;
    o->what = argv + optind;
    if (o->may && argc - optind != 2)
        return wrong("--may takes an identity, a right and a name");
    if (!o->may && argc - optind > (o->keygen ? 2 : 0))
        return wrong("%s is an argument too many", argv[argc - 1]);
    if (o->port && o->file)
        return wrong("-p goes with the built-in configuration, not with -c");
    return true;
}

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

static int check(const char *path)
{
    struct conf *conf = startup_read_conf(path, NULL);
    if (!conf)
        return 1;
    struct keyring keys;
    char nobody[512];
    int self = host_find_self(conf, NULL, nobody, sizeof nobody);
    if (self >= 0) /* else this is not one of its machines */
        startup_check_segment(conf, self);
    bool reached = self < 0 || startup_check_socket(conf);
    bool usable = startup_keys(conf, &keys);
    keyring_wipe(&keys);
    conf_describe(conf, print_line, NULL);
    struct auth_policy *auth = startup_check_auth(conf);
    bool secures = startup_check_tls(conf);
    bool ok = fflush(stdout) == 0 && reached && usable && auth && secures;
    auth_policy_free(auth);
    conf_free(conf);
    return ok ? 0 : 1;
}

/* What the policy of the configuration allows. */
static int explain(const struct options *o)
{
    const char *path = o->check ? o->check : o->file ? o->file : file_default_conf();
    struct conf *conf = path ? startup_read_conf(path, NULL) : conf_built_in(CONF_DEFAULT_PORT);
    struct auth_policy *auth = conf ? startup_check_auth(conf) : NULL;
    int status = auth ? may_explain(conf, auth, o->may, o->what[0], o->what[1]) : 2;
    auth_policy_free(auth);
    conf_free(conf);
    return fflush(stdout) == 0 ? status : 2;
}

/* The built-in one where o names no file. */
static struct conf *find_conf(const struct options *o)
{
    if (o->file) {
        log_event(log_output(), LOG_CONFIGURATION, LEVEL_INFO, "using configuration file %s",
                  o->file);
        return startup_read_conf(o->file, NULL);
    }
    log_event(log_output(), LOG_PRINT, LEVEL_INFO,
              "no configuration file: one daemon on localhost, clients of this machine only");
    return conf_built_in(o->port ? o->port : CONF_DEFAULT_PORT);
}

/* Frees what there is of it. Returns 1. */
static int give_up(const char *why, struct listeners *listeners, struct udp *udp, struct conf *conf,
                   struct auth_policy *auth)
{
    fatal(why);
    udp_close(udp);
    listeners_close(listeners);
    auth_policy_free(auth);
    conf_free(conf);
    return 1;
}

/* Everything is in place: opens the sockets, stops being root, and serves until told to stop. Frees
 * conf and auth. */
static int serve(const struct options *o, struct conf *conf, int self, struct auth_policy *auth,
                 struct keyring *keys)
{
    char why[512] = "";
    struct account account;
    uint64_t seed = 0;

    loop_hold_signals();
    descriptors_raise();
    privileges_real_time(conf);
    if (!descriptors_suffice(conf, self, why, sizeof why))
        return give_up(why, NULL, NULL, conf, auth);
    files_keep_root();
    process_watch();
    if (!privileges_plan(conf, &account, why, sizeof why))
        return give_up(why, NULL, NULL, conf, auth);
    SSL_CTX *tls;
    if (!tls_read(conf, &tls, why, sizeof why)) /* the key may be for root only */
        return give_up(why, NULL, NULL, conf, auth);
    struct listeners *listeners =
        listeners_open(conf, self, o->socket_dir, &account, why, sizeof why);
    struct in_force first = {conf, (uint16_t)self};
    struct udp *udp = listeners ? udp_open(&first, why, sizeof why) : NULL;
    if (!udp)
        return give_up(why, listeners, NULL, conf, auth);
    if (account.drop)
        log_give_to(account.uid);
    struct flight *flight = flight_open(conf, self, &account);
    struct notify *notify = notify_open();
    if (!privileges_drop(&account, why, sizeof why) ||
        getrandom(&seed, sizeof seed, 0) != sizeof seed) {
        notify_close(notify);
        return give_up(why[0] ? why : "the system has no random numbers", listeners, udp, conf,
                       auth);
    }
    confine_privileges();
    confine_calls(conf->system_call_filter);
    if (o->journal)
        journal_start(conf->daemons[self].name);
    struct daemon_parts parts = {.conf = conf,
                                 .self = self,
                                 .auth = auth,
                                 .keys = keys,
                                 .log = log_output(),
                                 .seed = seed,
                                 .on_event = flight_on_event,
                                 .events_context = flight,
                                 .recorder = flight_recorder(flight),
                                 .capacity = udp_capacity(udp)};
    struct daemon *daemon = daemon_new(&parts, clock_now());
    keyring_wipe(keys); /* it has its own copy */
    char ready[128];
    snprintf(ready, sizeof ready, "spreadd %s serves clients of %s at port %u", SPREAD_VERSION_TEXT,
             conf->daemons[self].name, conf->segments[conf->daemons[self].segment].port);
    struct reloader *reloader = reloader_new(o->file, conf, auth, tls, daemon, udp);
    bool ran = loop_run(daemon, listeners, udp, reloader, notify, ready) == 0;
    int status = ran ? reloader_status(reloader) : 1;
    notify_close(notify);
    daemon_free(daemon);
    reloader_free(reloader);
    flight_close(flight);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    char why[512];

    /* A log that nobody reads, or that may not grow, is no reason to end. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!read_options(&options, argc, argv))
        return WRONG_COMMAND;
    if (options.may)
        return explain(&options);
    if (options.check)
        return check(options.check);
    if (options.keygen)
        return keygen(argc - optind, argv + optind);
    if (!options.file && !options.port)
        options.file = file_default_conf();
    struct conf *conf = find_conf(&options);
    if (!conf)
        return 1;
    log_configure(conf);
    int self = host_find_self(conf, options.name, why, sizeof why);
    if (self < 0)
        return give_up(why, NULL, NULL, conf, NULL);
    startup_announce(conf, self);
    startup_check_segment(conf, self);
    struct keyring keys;
    struct auth_policy *auth = startup_auth(conf);
    if (!auth || !startup_keys(conf, &keys)) {
        auth_policy_free(auth);
        conf_free(conf);
        return 1;
    }
    int status = serve(&options, conf, self, auth, &keys);
    keyring_wipe(&keys);
    if (status == 0)
        log_event(log_output(), LOG_PRINT, LEVEL_PRINT, "Spread daemon exiting normally!");
    return status;
}
