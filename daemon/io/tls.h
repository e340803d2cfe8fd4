/* SPDX-License-Identifier: MIT
 *
 * tls.h - what TLS with clients needs of files: certificate, key, and whose certificates count.
 *
 * The files are read whole by io/files.h, so they are found after the root folder was changed, and a
 * reload reads them again. Connections keep what they were begun with as long as they last; tickets
 * for a short handshake are good as long as the files they were given under are in force.
 */
#ifndef SPREAD_IO_TLS_H
#define SPREAD_IO_TLS_H

#include <openssl/ssl.h>

#include "daemon/config/conf.h"
#include "daemon/session/session.h"

/* What the files of the configuration make; *made is NULL where it names none. False with a line in
 * why: a file cannot be read, or holds nothing that fits. */
bool tls_read(const struct conf *conf, SSL_CTX **made, char *why, size_t why_size);

/* Why a handshake came to nothing, as far as it is the certificate of the client. */
enum why tls_why_refused(const SSL *ssl);

/* The name that a checked certificate gives its owner: the common name of its subject, without one
 * the first DNS name or mail address beside it. "" where that is longer than CERTIFICATE_NAME_MAX or
 * has anything but printable ASCII, which could pass for another name. */
void tls_name(const X509 *certificate, char name[CERTIFICATE_NAME_MAX + 1]);

#endif
