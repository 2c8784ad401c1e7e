/* fs/procfs.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the files of /proc share among themselves.
 */

#ifndef __FS_PROCFS_H
#define __FS_PROCFS_H

#include "vfs.h"

#include <nuttx/fs/procfs.h>

/* Inode numbers of tasks: beyond those of everything else; a task's files
 * have those that follow.
 */

#define PROC_TASK_FILES     16
#define PROC_TASK_INO(pid)  ((ino_t)0x40000000 + (pid) * PROC_TASK_FILES)

/* procfs_task.c: the files of a task's folder.  A show function's argument
 * is the id, as an intptr_t; the task exists when it is called.
 */

int proc_task_find(FAR const char *name, FAR proc_show_t *show,
                   FAR ino_t *ino);
int proc_task_list(pid_t pid, FAR struct dirlist_s *list);

#endif /* __FS_PROCFS_H */
