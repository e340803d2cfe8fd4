/* SPDX-License-Identifier: MIT
 *
 * flight.h - the flight recorder (recorder/recorder.h) of this process and the file that it is mapped
 * from.
 *
 * FlightRecorder names the folder, in which the file is NAME.flight. Where it names none, that is the
 * folder that systemd made for the service (StateDirectory=), else /var/lib/spread if it belongs to the
 * user that the daemon runs as. Where there is none either, and where the file cannot be had, events are
 * kept in memory: monitors can ask for them as long as the process lives.
 *
 * The room of the file is reserved when it is opened, so a full disk is met at the start. What the disk
 * does later ends no daemon: should a page not be had any more, recording goes on in memory.
 */
#ifndef SPREAD_IO_FLIGHT_H
#define SPREAD_IO_FLIGHT_H

#include "daemon/config/conf.h"
#include "daemon/io/privileges.h"
#include "daemon/recorder/recorder.h"

struct flight;

/* To be called before privileges are dropped and system calls are filtered; account: whom the daemon will
 * run as. NULL: FlightRecorder is off. What is wrong with the file is in the log. */
struct flight *flight_open(const struct conf *conf, int self, const struct account *account);
void flight_close(struct flight *f);

/* For monitors; NULL: it is off. */
const struct recorder *flight_recorder(const struct flight *f);

/* A reader of the stream of events; its context is a flight, or NULL. */
void flight_on_event(void *flight, const struct event_record *e);

#endif
