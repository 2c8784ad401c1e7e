/* arch/sim/sim_syslog.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's log.
 */

#include <nuttx/config.h>

#include <debug.h>
#include <stdio.h>
#include <syslog.h>

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>
#include <nuttx/syslog/syslog.h>

#include "up.h"

#define LINE_SIZE 256            /* Longer messages are made on the heap */
#define DUMP_SIZE 16             /* Bytes in a line of a dump */

struct syslog_s
{
  syslog_channel_t channel;      /* NULL: the host's stderr */
  int mask;
};

static struct syslog_s g_syslog =
{
  .mask = LOG_UPTO(LOG_WARNING)
};

void syslog_initialize(unsigned int level)
{
  g_syslog.channel = NULL;
  g_syslog.mask    = LOG_UPTO(level != 0 ? level : LOG_WARNING);
}

void syslog_channel(syslog_channel_t channel)
{
  g_syslog.channel = channel;
}

int nx_setlogmask(int mask)
{
  int before = g_syslog.mask;

  if (mask != 0)
    {
      g_syslog.mask = mask;
    }

  return before;
}

/* Send a message, of which there is room for one character more. */

static void send(FAR char *text, size_t len)
{
  if (len == 0 || text[len - 1] != '\n')
    {
      text[len++] = '\n';
    }

  if (g_syslog.channel != NULL)
    {
      g_syslog.channel(text, len);
    }
  else
    {
      host_write_stderr(text, len);
    }
}

void nx_vsyslog(int priority, FAR const char *fmt, va_list ap)
{
  char line[LINE_SIZE];
  FAR char *text;
  va_list again;
  int len;

  if ((g_syslog.mask & LOG_MASK(LOG_PRI(priority))) == 0)
    {
      return;
    }

  va_copy(again, ap);
  len = vsnprintf(line, sizeof(line) - 1, fmt, ap);

  if (len >= 0 && len < LINE_SIZE - 1)
    {
      send(line, (size_t)len);
    }
  else if (len >= 0)
    {
      text = kmm_malloc((size_t)len + 2);
      if (text != NULL)
        {
          vsnprintf(text, (size_t)len + 1, fmt, again);
          send(text, (size_t)len);
          kmm_free(text);
        }
      else
        {
          send(line, LINE_SIZE - 2);
        }
    }

  va_end(again);
}

void nx_syslog(int priority, FAR const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  nx_vsyslog(priority, fmt, ap);
  va_end(ap);
}

void lib_dumpbuffer(FAR const char *msg, FAR const uint8_t *buffer,
                    unsigned int buflen)
{
  unsigned int i;
  unsigned int j;

  _info("%s (%p):\n", msg, (FAR const void *)buffer);

  for (i = 0; i < buflen; i += DUMP_SIZE)
    {
      char hex[3 * DUMP_SIZE + 1];

      for (j = 0; j < MIN(buflen - i, DUMP_SIZE); j++)
        {
          snprintf(&hex[3 * j], 4, "%02x ", buffer[i + j]);
        }

      _info("%04x: %s\n", i, hex);
    }
}
