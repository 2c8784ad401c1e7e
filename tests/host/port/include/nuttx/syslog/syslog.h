/* tests/host/port/include/nuttx/syslog/syslog.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only so that the include line works: see syslog.h and debug.h.
 */

#ifndef __HOST_PORT_NUTTX_SYSLOG_SYSLOG_H
#define __HOST_PORT_NUTTX_SYSLOG_SYSLOG_H

#include <syslog.h>

#endif /* __HOST_PORT_NUTTX_SYSLOG_SYSLOG_H */
