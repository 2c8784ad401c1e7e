/* fs/fs_initialize.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The start and the end of the file system.  All state is in g_fs and in the
 * g_ structures of the console and of /proc, each of which is set up anew
 * for every kernel of a process.
 */

#include "vfs.h"

#include <errno.h>
#include <string.h>

#include <nuttx/sim.h>

struct fs_s g_fs;

/* All tasks have ended and have closed their files */

static void fs_finish(FAR void *arg)
{
  UNUSED(arg);

  fs_unmountall();
  inode_freeall();
}

static int fs_root(void)
{
  g_fs.root = inode_root();
  return g_fs.root == NULL ? -ENOMEM : 0;
}

int fs_initialize(void)
{
  int ret;

  memset(&g_fs, 0, sizeof(g_fs));

  ret = sim_atexit(fs_finish, NULL);
  ret = ret < 0 ? ret : fs_root();
  ret = ret < 0 ? ret : dev_initialize();
  ret = ret < 0 ? ret : tty_initialize();
  ret = ret < 0 ? ret : procfs_initialize();
  ret = ret < 0 ? ret : files_hook_init();
  return ret;
}

void fs_getcounts(FAR struct fs_counts_s *counts)
{
  *counts = g_fs.counts;
}

void fs_set_sigpipe(fs_sigpipe_t hook)
{
  g_fs.sigpipe = hook;
}

void fs_sigpipe(void)
{
  if (g_fs.sigpipe != NULL)
    {
      g_fs.sigpipe();
    }
}
