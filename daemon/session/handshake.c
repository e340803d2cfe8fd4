/* SPDX-License-Identifier: MIT */
#include "daemon/session/handshake.h"

#include <stdio.h>
#include <string.h>

#include "daemon/session/limits.h"
#include "daemon/session/sources.h"

/* Reject bytes: the codes of sp.h. */
enum {
    REJECT_BYTE_QUOTA = 0xfd,
    REJECT_BYTE_NAME = 0xfb,
    REJECT_BYTE_TAKEN = 0xfa,
    REJECT_BYTE_VERSION = 0xf9,
    REJECT_BYTE_AUTH = 0xf7,
};

uint8_t handshake_quota_byte(void)
{
    return REJECT_BYTE_QUOTA;
}

static void refuse(struct session *s, uint8_t code, enum why why)
{
    outbox_push_bytes(&s->outbox, &code, 1);
    s->end_why = why;
    session_enter(s, SESSION_REFUSED);
}

void handshake_on_limit(struct session *s, enum why why)
{
    refuse(s, REJECT_BYTE_QUOTA, why);
    if (s->source->refused > LIMITS_TOLD)
        session_enter(s, SESSION_GONE);
}

/* It is in, under its name, unless the rules or a limit do not let it. */
static void accept_session(const struct handshake *h, struct session *s)
{
    struct rights *rights = h->policy->rights;
    struct name name = name_from_text(s->name);
    s->grant = rights ? rights_grant(rights, s->identity) : NULL;
    if (s->grant && !grant_permits(s->grant, MAY_CONNECT, &name)) {
        refuse(s, REJECT_BYTE_AUTH, HELLO_MAY_NOT);
        return;
    }
    enum why why = limits_on_identity(&h->table->sources, s, h->conf);
    if (why != WHY_NONE) {
        refuse(s, REJECT_BYTE_QUOTA, why);
        return;
    }
    uint8_t answer[5 + NAME_FIELD];
    size_t n = 0, name_len = strlen(s->private_group.text);
    answer[n++] = 1;
    answer[n++] = 5;
    answer[n++] = 0;
    if (s->has_patch)
        answer[n++] = 1;
    answer[n++] = (uint8_t)name_len;
    memcpy(answer + n, s->private_group.text, name_len);
    outbox_push_bytes(&s->outbox, answer, n + name_len);
    session_enter(s, SESSION_OPEN);
}

static void note_verdict(struct session *s, enum auth_method method, enum why fault)
{
    if (fault == WHY_NONE)
        s->passed |= method;
    else if (s->auth_fault == WHY_NONE)
        s->auth_fault = fault;
}

/* Runs the methods of the plan as far as the bytes go; PWORD is the one that needs some, and time. */
static size_t run_methods(const struct handshake *h, struct session *s, const uint8_t *bytes,
                          size_t len)
{
    const struct peer peer = session_peer(s);
    for (; s->plan_at < s->plan_len; s->plan_at++) {
        enum auth_method method = s->plan[s->plan_at];
        if (method == AUTH_PWORD) {
            if (len < AUTH_PWORD_LEN)
                return 0;
            logins_add(h->logins, s, bytes);
            return AUTH_PWORD_LEN;
        }
        note_verdict(s, method, auth_passes(h->policy, method, &peer, s->identity)
                                    ? WHY_NONE
                                    : HELLO_NO_AUTH);
    }
    /* The plan may have been made by rules that are not in force any more. */
    if (s->auth_fault == WHY_NONE &&
        !auth_lets_in(h->policy, s->passed, s->password, &peer, s->identity))
        s->auth_fault = HELLO_NO_AUTH;
    if (s->auth_fault != WHY_NONE)
        refuse(s, REJECT_BYTE_AUTH, s->auth_fault);
    else
        accept_session(h, s);
    return 0;
}

static void say_verdict(struct session *s, enum why fault)
{
    uint8_t verdict = fault == WHY_NONE;
    outbox_push_bytes(&s->outbox, &verdict, 1);
    note_verdict(s, AUTH_PWORD, fault);
}

void handshake_on_login(const struct handshake *h, struct session *s, enum why fault)
{
    say_verdict(s, fault);
    s->plan_at++;
    run_methods(h, s, NULL, 0);
}

void handshake_on_no_login(struct session *s)
{
    logins_drop(s);
    say_verdict(s, HELLO_LOGIN_LATE);
    refuse(s, REJECT_BYTE_AUTH, HELLO_LOGIN_LATE);
}

/* A client without an authentication phase. */
static void let_old_client_in(const struct handshake *h, struct session *s)
{
    const struct peer peer = session_peer(s);
    s->passed = auth_old_client(h->policy, &peer, s->identity);
    if (s->passed == 0)
        refuse(s, REJECT_BYTE_AUTH, HELLO_NO_OLD_AUTH);
    else
        accept_session(h, s);
}

static void offer_methods(struct session *s, const struct auth_policy *policy)
{
    const struct peer peer = session_peer(s);
    uint8_t answer[1 + AUTH_LIST_MAX];
    size_t len = auth_offer(policy, &peer, s->identity, (char *)answer + 1);
    answer[0] = (uint8_t)len;
    outbox_push_bytes(&s->outbox, answer, 1 + len);
    if (len == 0)
        refuse(s, REJECT_BYTE_AUTH, auth_no_offer(policy, &peer));
    else
        session_enter(s, SESSION_CHOICE);
}

enum why handshake_lacks(const struct session *s, const struct auth_policy *policy)
{
    if (s->local || policy->tls_require == CONF_TLS_NO)
        return WHY_NONE;
    if (!s->tls)
        return HELLO_NO_TLS;
    bool named = policy->tls_require != CONF_TLS_CERTIFICATE || (s->identity->known & KNOWN_CERT);
    return named ? WHY_NONE : HELLO_NO_CERTIFICATE;
}

static size_t on_hello(const struct handshake *h, struct session *s, const uint8_t *bytes, size_t len)
{
    struct hello said;
    size_t used = 0;

    switch (hello_decode(&said, bytes, len, &used)) {
    case HELLO_MORE:
        return 0;
    case HELLO_VERSION:
        refuse(s, REJECT_BYTE_VERSION, HELLO_NO_VERSION);
        return len;
    case HELLO_NAME:
        refuse(s, REJECT_BYTE_NAME, HELLO_NO_NAME);
        return len;
    case HELLO_OK:
        break;
    }
    enum why lacks = handshake_lacks(s, h->policy);
    if (lacks != WHY_NONE) {
        refuse(s, REJECT_BYTE_AUTH, lacks);
        return used;
    }
    s->has_patch = said.has_patch;
    s->has_auth = said.has_auth;
    s->notices = said.membership;
    if (!table_name(h->table, s, said.name)) {
        refuse(s, REJECT_BYTE_TAKEN, HELLO_NAME_TAKEN);
        return used;
    }
    s->private_group = name_private(s->name, h->daemon_name);
    if (s->has_auth)
        offer_methods(s, h->policy);
    else
        let_old_client_in(h, s);
    return used;
}

static size_t on_choice(const struct handshake *h, struct session *s, const uint8_t *bytes, size_t len)
{
    if (len < AUTH_CHOICE)
        return 0;
    const struct peer peer = session_peer(s);
    s->plan_len = (uint8_t)auth_plan(h->policy, &peer, s->identity, bytes, s->plan);
    if (s->plan_len == 0) {
        refuse(s, REJECT_BYTE_AUTH, HELLO_NO_METHOD);
        return AUTH_CHOICE;
    }
    session_enter(s, SESSION_METHOD);
    return AUTH_CHOICE + run_methods(h, s, bytes + AUTH_CHOICE, len - AUTH_CHOICE);
}

size_t handshake_step(const struct handshake *h, struct session *s, const uint8_t *bytes, size_t len)
{
    switch (s->state) {
    case SESSION_HELLO:
        return on_hello(h, s, bytes, len);
    case SESSION_CHOICE:
        return on_choice(h, s, bytes, len);
    case SESSION_METHOD:
        return s->login ? 0 : run_methods(h, s, bytes, len);
    default:
        return 0;
    }
}
