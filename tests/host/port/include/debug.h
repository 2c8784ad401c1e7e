/* tests/host/port/include/debug.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's debug output.  On the host every level is compiled in and chosen
 * at run time (host_log_level in host_port.h, by default errors only); for
 * size checks on bare metal the CONFIG_DEBUG_* symbols decide, as in NuttX.
 * _none still has its format checked, and costs nothing.
 */

#ifndef __HOST_PORT_DEBUG_H
#define __HOST_PORT_DEBUG_H

#include <stdint.h>
#include <syslog.h>

#include <nuttx/config.h>
#include <nuttx/compiler.h>

#define _none(...) \
  do \
    { \
      if (0) \
        { \
          host_log(LOG_DEBUG, __VA_ARGS__); \
        } \
    } \
  while (0)

#if !defined(HOST_BARE) || defined(CONFIG_DEBUG_ALERT)
#  define _alert(...) host_log(LOG_EMERG, __VA_ARGS__)
#else
#  define _alert      _none
#endif

#if !defined(HOST_BARE) || defined(CONFIG_DEBUG_ERROR)
#  define _err(...)   host_log(LOG_ERR, __VA_ARGS__)
#else
#  define _err        _none
#endif

#if !defined(HOST_BARE) || defined(CONFIG_DEBUG_WARN)
#  define _warn(...)  host_log(LOG_WARNING, __VA_ARGS__)
#else
#  define _warn       _none
#endif

#if !defined(HOST_BARE) || defined(CONFIG_DEBUG_INFO)
#  define _info(...)  host_log(LOG_INFO, __VA_ARGS__)
#else
#  define _info       _none
#endif

void host_log(int priority, FAR const char *fmt, ...) printf_like(2, 3);
void lib_dumpbuffer(FAR const char *msg, FAR const uint8_t *buffer,
                    unsigned int buflen);

#endif /* __HOST_PORT_DEBUG_H */
