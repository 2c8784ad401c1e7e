/* tests/host/port/include/syslog.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The LOG_* priorities, and syslog() bound to host_log(), so that nothing
 * under test writes to the real system log.
 */

#ifndef __HOST_PORT_SYSLOG_H
#define __HOST_PORT_SYSLOG_H

#if __has_include_next(<syslog.h>)
#  include_next <syslog.h>
#else
#  define LOG_EMERG   0
#  define LOG_ALERT   1
#  define LOG_CRIT    2
#  define LOG_ERR     3
#  define LOG_WARNING 4
#  define LOG_NOTICE  5
#  define LOG_INFO    6
#  define LOG_DEBUG   7
#endif

#include <nuttx/compiler.h>

#define syslog host_log

void host_log(int priority, FAR const char *fmt, ...) printf_like(2, 3);

#endif /* __HOST_PORT_SYSLOG_H */
