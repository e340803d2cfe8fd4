/* SPDX-License-Identifier: MIT
 *
 * page.h - the page at /: page/index.html, put into the program when it is built.
 */
#ifndef SPREAD_IO_PAGE_H
#define SPREAD_IO_PAGE_H

#include <stddef.h>

extern const char page_html[];
extern const size_t page_html_len;

#endif
