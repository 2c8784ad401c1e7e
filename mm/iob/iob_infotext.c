/****************************************************************************
 * mm/iob/iob_infotext.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "iob.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* Text that is cut at the end of a buffer, but counted on */

struct iob_text_s
{
  FAR char *buf;
  size_t size;
  size_t len;
};

/* A count and its name */

struct iob_named_s
{
  FAR const char *name;
  uint32_t value;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_print
 *
 * Description:
 *   Append to a text.
 *
 ****************************************************************************/

static void iob_print(FAR struct iob_text_s *text, FAR const char *fmt, ...)
{
  size_t room = text->len < text->size ? text->size - text->len : 0;
  va_list ap;
  int n;

  va_start(ap, fmt);
  n = vsnprintf(room > 0 ? text->buf + text->len : NULL, room, fmt, ap);
  va_end(ap);

  if (n > 0)
    {
      text->len += n;
    }
}

/****************************************************************************
 * Name: iob_print_counts
 *
 * Description:
 *   A line for each count.
 *
 ****************************************************************************/

static void iob_print_counts(FAR struct iob_text_s *text,
                             FAR const struct iob_named_s *counts,
                             unsigned int n)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      iob_print(text, "%-16s %" PRIu32 "\n", counts[i].name,
                counts[i].value);
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_infotext
 *
 * Description:
 *   Write what iob_getinfo() tells as text, for /proc/iobinfo: NuttX's four
 *   columns first, then a line per count.
 *
 * Input Parameters:
 *   buf  - Where it goes; always ends in a NUL if size > 0
 *   size - Its size
 *
 * Returned Value:
 *   The length of the whole text, as snprintf().
 *
 ****************************************************************************/

int iob_infotext(FAR char *buf, size_t size)
{
  static FAR const char *const name[IOB_NCLASSES] =
    {
      "rx", "tx", "ctrl", "ring"
    };

  struct iob_info_s info;
  struct iob_text_s text;
  unsigned int cls;

  iob_getinfo(&info);

  const struct iob_named_s counts[] =
    {
      { "arena",           info.arena           },
      { "used",            info.used            },
      { "cached",          info.cached          },
      { "highwater",       info.highwater       },
      { "largest",         info.largest         },
      { "standing",        info.standing        },
      { "metadata",        info.metadata        },
      { "views",           info.nviews          },
      { "views_used",      info.views_used      },
      { "views_highwater", info.views_highwater },
      { "alloc",           info.nalloc          },
      { "share",           info.nshare          },
      { "copy",            info.ncopy           },
      { "bytes_copied",    info.bytes_copied    },
      { "bounce",          info.nbounce         },
      { "copybreak",       info.ncopybreak      },
      { "ringkeep",        info.nringkeep       },
      { "ringdrop",        info.nringdrop       },
      { "defer",           info.ndefer          },
      { "kick",            info.nkick           },
      { "minimum",         info.nminimum        },
      { "wait",            info.nwaits          },
      { "timeout",         info.ntimeout        },
      { "pass",            info.npass           },
      { "saturated",       info.nsaturated      },
      { "fail_views",      info.fail_views      },
      { "fail_space",      info.fail_space      },
      { "fail_frag",       info.fail_frag       },
      { "fail_class",      info.fail_class      },
      { "fail_turn",       info.fail_turn       },
      { "fail_size",       info.fail_size       },
      { "fault",           info.fault           }
    };

  text.buf  = buf;
  text.size = size;
  text.len  = 0;

  if (size > 0)
    {
      buf[0] = '\0';
    }

  iob_print(&text, "%10s %10s %10s %10s\n%10d %10d %10d %10d\n",
            "ntotal", "nfree", "nwait", "nthrottle",
            info.stats.ntotal, info.stats.nfree,
            info.stats.nwait, info.stats.nthrottle);

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      iob_print(&text, "class_%-10s used %lu reserve %lu views %u\n",
                name[cls], (unsigned long)info.class_used[cls],
                (unsigned long)info.class_reserve[cls],
                info.class_views[cls]);
    }

  iob_print_counts(&text, counts, nitems(counts));
  return text.len;
}
