/* SPDX-License-Identifier: MIT
 *
 * spmonitor - watches daemons and commands them: by a menu, or one command for a script.
 */
#include <stdio.h>

#include "daemon/io/files.h"
#include "tools/monitor/batch.h"
#include "tools/monitor/menu.h"
#include "tools/monitor/why.h"

#ifndef SPREAD_VERSION_TEXT
#define SPREAD_VERSION_TEXT "unknown"
#endif

enum { MENU_PORT = 6543 };

int main(int argc, char **argv)
{
    struct options o;
    char why[STATION_WHY] = "";
    if (!options_read(&o, argc, argv) || !batch_knows(&o))
        return BATCH_WRONG;
    if (o.record_count > 0) /* nobody is asked, and no configuration read */
        return o.count <= 2 ? why_files(&o) : (options_wrong("why takes one thing"), BATCH_WRONG);
    bool batch = o.count > 0;
    struct station station = {
        .path = o.file ? o.file : file_default_conf(),
        .key = o.key,
        .open = o.open,
        .name = o.name,
        .port = (uint16_t)(o.port >= 0 ? o.port
                           : batch     ? 0
                                       : MENU_PORT),
    };
    if (!station_open(&station, why)) {
        fprintf(stderr, "spmonitor: %s\n", why);
        return BATCH_WRONG;
    }
    if (!batch)
        printf("spmonitor %s, compatible with Spread 5.0.1\n", SPREAD_VERSION_TEXT);
    int status = batch ? batch_run(&station, &o) : menu_run(&station, o.seconds);
    station_close(&station);
    return status;
}
