/* arch/sim/include/syslog.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The LOG_* priorities of the C library, and the kernel's own log under the
 * usual names.  A message of a priority up to the current level goes to the
 * log's channel, which is the host's stderr unless nuttx/syslog/syslog.h
 * says otherwise.  Nothing here blocks; all of it works in an interrupt.
 */

#ifndef __INCLUDE_SYSLOG_H
#define __INCLUDE_SYSLOG_H

#include_next <syslog.h>

#include <stdarg.h>

#include <nuttx/compiler.h>

#define syslog     nx_syslog
#define vsyslog    nx_vsyslog
#define setlogmask nx_setlogmask

void nx_syslog(int priority, FAR const char *fmt, ...) printf_like(2, 3);
void nx_vsyslog(int priority, FAR const char *fmt, va_list ap)
  printf_like(2, 0);

/* The mask of priorities that are logged; zero only asks.  Returns the mask
 * as it was.
 */

int nx_setlogmask(int mask);

#endif /* __INCLUDE_SYSLOG_H */
