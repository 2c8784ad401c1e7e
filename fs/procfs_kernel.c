/* fs/procfs_kernel.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The entries of /proc that tell of the kernel as a whole.
 */

#include "procfs.h"

#include <inttypes.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/mm/iob.h>

static CODE void (*g_ask)(void);

void proc_iobinfo_ask(CODE void (*ask)(void))
{
  g_ask = ask;
}

static void show_iobinfo(FAR struct proc_out_s *out, FAR void *arg)
{
  size_t size;
  FAR char *text;

  UNUSED(arg);

  if (g_ask != NULL)
    {
      g_ask();
    }

  size = iob_infotext(NULL, 0) + 1;
  text = kmm_malloc(size);

  if (text == NULL)
    {
      out->error = -ENOMEM;
      return;
    }

  /* Making room for it does not change it: kmm is not made of iobs */

  proc_write(out, text, iob_infotext(text, size));
  kmm_free(text);
}

static void show_meminfo(FAR struct proc_out_s *out, FAR void *arg)
{
  struct kmm_info_s info;

  UNUSED(arg);

  kmm_getinfo(&info);
  proc_printf(out, "%12s %12s %10s %10s name\n", "used", "maxused", "nused",
              "nfailed");
  proc_printf(out, "%12zu %12zu %10zu %10zu Kmem\n", info.nbytes, info.peak,
              info.nblocks, info.nfailed);
}

static void show_uptime(FAR struct proc_out_s *out, FAR void *arg)
{
  uint64_t csec = clock_refresh() / (NSEC_PER_SEC / 100);

  UNUSED(arg);
  proc_printf(out, "%7" PRIu64 ".%02u\n", csec / 100,
              (unsigned int)(csec % 100));
}

static void show_version(FAR struct proc_out_s *out, FAR void *arg)
{
  UNUSED(arg);
  proc_printf(out, "sim kernel, %u bit, %s %s\n",
              (unsigned int)sizeof(FAR void *) * 8,
#ifdef __clang__
              "clang",
#else
              "gcc",
#endif
              __VERSION__);
}

/* In the order of mounting: where, what kind, and what of it */

static int show_mount(FAR const char *path, FAR const char *fstype,
                      FAR const char *text, FAR void *arg)
{
  proc_printf(arg, "%s type %s%s%s\n", path, fstype, *text ? " " : "", text);
  return 0;
}

static void show_mounts(FAR struct proc_out_s *out, FAR void *arg)
{
  int ret = fs_mounts(show_mount, out);

  UNUSED(arg);

  if (ret < 0)
    {
      out->error = ret;
    }
}

static void show_files(FAR struct proc_out_s *out, FAR void *arg)
{
  UNUSED(arg);
  proc_printf(out, "files       %u\n", g_fs.counts.nfiles);
  proc_printf(out, "descriptors %u\n", g_fs.counts.ndescriptors);
  proc_printf(out, "tables      %u\n", g_fs.counts.ntables);
  proc_printf(out, "pipes       %u\n", g_fs.counts.npipes);
  proc_printf(out, "inodes      %u\n", g_fs.counts.ninodes);
}

/* Which allocation of the kernel will fail, one time: reading tells how many
 * are left until then, 0 that it has come to pass or was not asked for.
 */

static void show_fail(FAR struct proc_out_s *out, FAR void *arg)
{
  struct kmm_info_s info;

  UNUSED(arg);

  kmm_getinfo(&info);
  proc_printf(out, "%lu\n", info.failing);
}

static int store_fail(FAR const char *text, size_t len, FAR void *arg)
{
  unsigned long n = 0;
  size_t i;

  UNUSED(arg);

  for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
    {
      if (i == 9)
        {
          return -EINVAL;
        }

      n = n * 10 + (unsigned long)(text[i] - '0');
    }

  if (i == 0 || i + (i < len && text[i] == '\n') != len)
    {
      return -EINVAL;
    }

  kmm_fail(n);
  return 0;
}

int procfs_kernel_initialize(void)
{
  static const struct
  {
    FAR const char *path;
    proc_show_t show;
  } entry[] =
  {
    { "files",   show_files   },
    { "iobinfo", show_iobinfo },
    { "meminfo", show_meminfo },
    { "mounts",  show_mounts  },
    { "uptime",  show_uptime  },
    { "version", show_version }
  };

  unsigned int i;
  int ret = 0;

  for (i = 0; i < nitems(entry) && ret >= 0; i++)
    {
      ret = proc_register(entry[i].path, entry[i].show, NULL);
    }

  return ret < 0 ? ret :
         proc_register_rw("fail-nth", show_fail, store_fail, NULL);
}
