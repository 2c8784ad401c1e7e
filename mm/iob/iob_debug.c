/****************************************************************************
 * mm/iob/iob_debug.c
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

/* Faults: what is done about misuse, and what CONFIG_IOB_DEBUG looks for.
 *
 * Free memory is filled with IOB_POISON and compared when it is handed out
 * again; the bytes between the end of a buffer and the end of its extent,
 * at least IOB_REDZONE of them, hold IOB_CANARY; the data of each view of a
 * shared extent has a checksum from the sharing to the end of the view.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static FAR const char *const g_iob_faultname[IOB_NFAULTS] =
{
  "double free", "foreign address freed", "interior address freed",
  "write behind the buffer", "length leaves the buffer",
  "write after free", "write to shared data", "leak",
  "lengths of a chain", "reference count", "arena"
};

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_fault
 *
 * Description:
 *   Tell about a fault.
 *
 ****************************************************************************/

void iob_fault(FAR struct iob_report_s *report)
{
  g_iob.count.fault++;

  if (g_iob.report != NULL)
    {
      g_iob.report(report);
      return;
    }

  _alert("iob: %s: iob %p extent %p size %u offset %u "
         "by %p allocated by %p freed by %p\n",
         g_iob_faultname[report->kind], report->iob, report->base,
         report->size, report->offset, report->site, report->alloc,
         report->release);

#ifdef CONFIG_IOB_DEBUG
  PANIC();
#endif
}

/****************************************************************************
 * Name: iob_fault_iob
 *
 * Description:
 *   Tell about a fault with an iob whose fields can be read.
 *
 ****************************************************************************/

void iob_fault_iob(enum iob_fault_e kind, FAR const struct iob_s *iob,
                   FAR const void *site)
{
  struct iob_report_s report;

  memset(&report, 0, sizeof(report));
  report.kind = kind;
  report.iob  = iob;
  report.base = iob->io_data;
  report.size = iob->io_bufsize;
  report.site = site;

  if ((iob->io_flags & IOB_F_LIVE) != 0 && iob->io_ext != NULL)
    {
      report.base = iob->io_ext->ex_base;
      report.size = iob->io_ext->ex_size;
    }

#ifdef CONFIG_IOB_DEBUG
  report.alloc = iob->io_site;
  if (kind == IOB_FAULT_DOUBLEFREE)
    {
      report.release = iob->io_lastsite;
    }
#endif

  iob_fault(&report);
}

/****************************************************************************
 * Name: iob_set_report
 *
 * Description:
 *   Set who is told about misuse and contradictions.
 *
 * Input Parameters:
 *   report - The function, or NULL
 *
 ****************************************************************************/

void iob_set_report(iob_report_t report)
{
  g_iob.report = report;
}

#ifdef CONFIG_IOB_DEBUG

/****************************************************************************
 * Name: iob_fault_at
 *
 * Description:
 *   Tell about a fault at an address in the extent of an iob.
 *
 ****************************************************************************/

static void iob_fault_at(enum iob_fault_e kind, FAR const struct iob_s *iob,
                         FAR const uint8_t *base, FAR const uint8_t *at,
                         FAR const void *site)
{
  struct iob_report_s report;

  memset(&report, 0, sizeof(report));
  report.kind   = kind;
  report.iob    = iob;
  report.base   = base;
  report.size   = iob->io_ext != NULL ? iob->io_ext->ex_size :
                                        iob->io_bufsize;
  report.offset = at - base;
  report.site   = site;
  report.alloc  = iob->io_site;
  iob_fault(&report);
}

/****************************************************************************
 * Name: iob_poison
 *
 * Description:
 *   Fill free memory: n granules.
 *
 ****************************************************************************/

void iob_poison(FAR uint8_t *base, unsigned int n)
{
  memset(base, IOB_POISON, (size_t)n * IOB_GRANULE);
}

/****************************************************************************
 * Name: iob_verify_poison
 *
 * Description:
 *   Check that free memory was not written.  Only the first fault of an
 *   extent is told.
 *
 ****************************************************************************/

void iob_verify_poison(FAR const struct iob_s *iob)
{
  FAR const uint8_t *end = iob->io_data + iob->io_bufsize + iob->io_slack;
  FAR const uint8_t *at;

  for (at = iob->io_data; at < end; at++)
    {
      if (*at != IOB_POISON)
        {
          iob_fault_at(IOB_FAULT_USEAFTERFREE, iob, iob->io_data, at,
                       NULL);
          break;
        }
    }
}

/****************************************************************************
 * Name: iob_fresh
 *
 * Description:
 *   Check memory that is handed out, and set its guard.
 *
 ****************************************************************************/

void iob_fresh(FAR struct iob_s *iob)
{
  iob_verify_poison(iob);

  iob->io_site     = NULL;
  iob->io_lastsite = NULL;
  iob->io_sumlen   = 0;
  iob_guard(iob);
}

/****************************************************************************
 * Name: iob_guard
 *
 * Description:
 *   Set the guard bytes behind a private buffer.
 *
 ****************************************************************************/

void iob_guard(FAR struct iob_s *iob)
{
  memset(iob->io_data + iob->io_bufsize, IOB_CANARY, iob->io_slack);
}

/****************************************************************************
 * Name: iob_verify_guard
 *
 * Description:
 *   Check the guard bytes behind the extent of an iob, and that its lengths
 *   lie inside.
 *
 ****************************************************************************/

void iob_verify_guard(FAR const struct iob_s *iob, FAR const void *site)
{
  FAR const struct iob_ext_s *ext = iob->io_ext;
  FAR const uint8_t *base = ext != NULL ? ext->ex_base : iob->io_data;
  unsigned int size = ext != NULL ? ext->ex_size : iob->io_bufsize;
  unsigned int slack = ext != NULL ? ext->ex_slack : iob->io_slack;
  unsigned int i;

  if ((unsigned int)iob->io_offset + iob->io_len > iob->io_bufsize)
    {
      iob_fault_at(IOB_FAULT_UNDERRUN, iob, base, IOB_DATA(iob), site);
      return;
    }

  for (i = 0; i < slack; i++)
    {
      if (base[size + i] != IOB_CANARY)
        {
          iob_fault_at(IOB_FAULT_OVERRUN, iob, base, base + size + i, site);
          return;
        }
    }
}

/****************************************************************************
 * Name: iob_sum
 *
 * Description:
 *   A checksum that sees every changed byte.
 *
 ****************************************************************************/

static uint32_t iob_sum(FAR const uint8_t *data, unsigned int n)
{
  uint32_t sum = 2166136261u;

  while (n-- > 0)
    {
      sum = (sum ^ *data++) * 16777619u;
    }

  return sum;
}

/****************************************************************************
 * Name: iob_sum_set
 *
 * Description:
 *   Remember what the data of a view of a shared extent is.
 *
 ****************************************************************************/

void iob_sum_set(FAR struct iob_s *iob)
{
  iob->io_sumoff = IOB_DATA(iob) - iob->io_ext->ex_base;
  iob->io_sumlen = iob->io_len;
  iob->io_sum    = iob_sum(IOB_DATA(iob), iob->io_len);
}

/****************************************************************************
 * Name: iob_sum_verify
 *
 * Description:
 *   Check that the data of a view of a shared extent was not written.  The
 *   holder of the only view may write.
 *
 ****************************************************************************/

void iob_sum_verify(FAR const struct iob_s *iob, FAR const void *site)
{
  FAR const struct iob_ext_s *ext = iob->io_ext;

  if (ext != NULL && iob->io_sumlen > 0 && !iob_sole(iob) &&
      iob_sum(ext->ex_base + iob->io_sumoff, iob->io_sumlen) != iob->io_sum)
    {
      iob_fault_at(IOB_FAULT_SHAREDWRITE, iob, ext->ex_base,
                   ext->ex_base + iob->io_sumoff, site);
    }
}

/****************************************************************************
 * Name: iob_valid
 *
 * Description:
 *   Tell whether an address is that of a live view, and report it if not.
 *
 ****************************************************************************/

bool iob_valid(FAR struct iob_s *iob, FAR const void *site)
{
  uintptr_t pool = (uintptr_t)g_iob_views;
  uintptr_t addr = (uintptr_t)iob;
  struct iob_report_s report;

  memset(&report, 0, sizeof(report));
  report.iob  = iob;
  report.site = site;
  report.kind = IOB_FAULT_FOREIGN;

  if (addr >= pool && addr < pool + IOB_NVIEWS * sizeof(struct iob_s))
    {
      if ((addr - pool) % sizeof(struct iob_s) != 0)
        {
          report.kind = IOB_FAULT_INTERIOR;
        }
      else if ((iob->io_flags & IOB_F_EXT) != 0)
        {
          report.base = ((FAR struct iob_ext_s *)iob)->ex_base;
        }
      else if ((iob->io_flags & IOB_F_LIVE) != 0)
        {
          return true;
        }
      else
        {
          iob_fault_iob(IOB_FAULT_DOUBLEFREE, iob, site);
          return false;
        }
    }
  else if (addr >= (uintptr_t)g_iob_arena &&
           addr < (uintptr_t)g_iob_arena + IOB_NUNITS * IOB_GRANULE)
    {
      report.kind   = IOB_FAULT_INTERIOR;
      report.offset = addr - (uintptr_t)g_iob_arena;
      report.base   = g_iob_arena;
    }
  else if (addr != 0 && (addr & (sizeof(FAR void *) - 1)) == 0 &&
           (iob->io_flags & IOB_F_EMBED) != 0)
    {
      if ((iob->io_flags & IOB_F_LIVE) != 0 &&
          iob_embedded(iob)->ex_flags ==
          (IOB_F_EXT | IOB_F_OUTSIDE | IOB_F_EMBED))
        {
          return true;
        }
    }

  iob_fault(&report);
  return false;
}

/****************************************************************************
 * Name: iob_leaks
 *
 * Description:
 *   Report every extent that is still allocated, by call site.
 *
 * Returned Value:
 *   How many there are.
 *
 ****************************************************************************/

unsigned int iob_leaks(void)
{
  unsigned int count = 0;
  unsigned int i;

  for (i = 0; i < IOB_NVIEWS; i++)
    {
      FAR struct iob_s *iob = &g_iob_views[i];
      FAR struct iob_ext_s *ext = (FAR struct iob_ext_s *)iob;
      struct iob_report_s report;

      memset(&report, 0, sizeof(report));
      report.kind = IOB_FAULT_LEAK;
      report.iob  = iob;

      if ((iob->io_flags & IOB_F_EXT) != 0)
        {
          report.base  = ext->ex_base;
          report.size  = ext->ex_size;
          report.alloc = ext->ex_site;
        }
      else if ((iob->io_flags & IOB_F_LIVE) != 0 && iob->io_ext == NULL)
        {
          report.base    = iob->io_data;
          report.size    = iob->io_bufsize;
          report.alloc   = iob->io_site;
          report.release = iob->io_lastsite;
        }
      else
        {
          continue;
        }

      count++;
      iob_fault(&report);
    }

  return count;
}

#endif /* CONFIG_IOB_DEBUG */
