/* include/nuttx/syslog/syslog.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Where the kernel's log goes.
 */

#ifndef __INCLUDE_NUTTX_SYSLOG_SYSLOG_H
#define __INCLUDE_NUTTX_SYSLOG_SYSLOG_H

#include <stddef.h>
#include <syslog.h>

#include <nuttx/compiler.h>

/* Takes one message, which ends with a line end.  It must not block and may
 * be called in an interrupt.
 */

typedef CODE void (*syslog_channel_t)(FAR const char *text, size_t len);

/* NULL: the host's stderr, which is also the state after boot. */

void syslog_channel(syslog_channel_t channel);

#endif /* __INCLUDE_NUTTX_SYSLOG_SYSLOG_H */
