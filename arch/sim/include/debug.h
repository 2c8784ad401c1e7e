/* arch/sim/include/debug.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's debug output.  Every level is compiled in and chosen at run time
 * (setlogmask() in syslog.h, loglevel in struct sim_config_s).  _none still
 * has its format checked, and costs nothing.
 */

#ifndef __INCLUDE_DEBUG_H
#define __INCLUDE_DEBUG_H

#include <stdint.h>
#include <syslog.h>

#include <nuttx/config.h>
#include <nuttx/compiler.h>

#define _none(...) \
  do \
    { \
      if (0) \
        { \
          nx_syslog(LOG_DEBUG, __VA_ARGS__); \
        } \
    } \
  while (0)

#define _alert(...) nx_syslog(LOG_EMERG, __VA_ARGS__)
#define _err(...)   nx_syslog(LOG_ERR, __VA_ARGS__)
#define _warn(...)  nx_syslog(LOG_WARNING, __VA_ARGS__)
#define _info(...)  nx_syslog(LOG_INFO, __VA_ARGS__)

/* Scheduler, file systems, network, timers */

#define serr        _err
#define swarn       _warn
#define sinfo       _info
#define ferr        _err
#define fwarn       _warn
#define finfo       _info
#define nerr        _err
#define nwarn       _warn
#define ninfo       _info
#define tmrerr      _err
#define tmrwarn     _warn
#define tmrinfo     _info

/* Log a block of memory in hexadecimal, as LOG_INFO */

void lib_dumpbuffer(FAR const char *msg, FAR const uint8_t *buffer,
                    unsigned int buflen);

#endif /* __INCLUDE_DEBUG_H */
