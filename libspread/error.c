/* SPDX-License-Identifier: MIT */
#include "include/sp_more.h"

#include <stdio.h>

#include "libspread/ends.h"

const char *SP_strerror(int error)
{
    switch (error) {
    case ILLEGAL_SPREAD:
        return "Illegal address of a daemon: it is PORT or PORT@HOST";
    case COULD_NOT_CONNECT:
        return "Could not connect: no daemon serves that address";
    case REJECT_QUOTA:
        return "Connection rejected: too many connections";
    case REJECT_NO_NAME:
        return "Connection rejected: no name was given";
    case REJECT_ILLEGAL_NAME:
        return "Connection rejected: illegal private name";
    case REJECT_NOT_UNIQUE:
        return "Connection rejected: the private name is in use";
    case REJECT_VERSION:
        return "Connection rejected: versions of library and daemon do not fit";
    case CONNECTION_CLOSED:
        return "Connection closed";
    case REJECT_AUTH:
        return "Connection rejected: authentication failed";
    case ILLEGAL_SESSION:
        return "Illegal session: not an open mailbox";
    case ILLEGAL_SERVICE:
        return "Illegal service type";
    case ILLEGAL_MESSAGE:
        return "Illegal message";
    case ILLEGAL_GROUP:
        return "Illegal group name";
    case BUFFER_TOO_SHORT:
        return "The buffer is too short for the message";
    case GROUPS_TOO_SHORT:
        return "The array is too short for the groups of the message";
    case MESSAGE_TOO_LONG:
        return "The message and its groups are too long";
    case NET_ERROR_ON_SESSION:
        return "The mailbox has failed earlier";
    case SP_BUG:
        return "Internal error of the library";
    case ILLEGAL_TIME:
        return "Illegal duration";
    case SP_NOT_SUPPORTED:
        return "The daemon does not know this request, as one of 5.0.1 does not";
    case SP_TIMED_OUT:
        return "The time was over before a message was there";
    default:
        return "Unrecognised error";
    }
}

void SP_error(int error)
{
    const char *said = ends_said(error);
    printf("SP_error: (%d) %s\n", error, said ? said : SP_strerror(error));
}
