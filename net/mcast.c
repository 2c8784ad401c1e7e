/* net/mcast.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The groups that an endpoint joined (RFC 1112, IP_ADD_MEMBERSHIP).
 *
 * An interface counts who wants a group, whatever endpoint it is (igmp.c);
 * here is kept what each endpoint asked for, so that leaving, and closing,
 * undo exactly that.  An interface may go before the membership does: there
 * is then nothing to tell igmp.c.
 */

#include <nuttx/config.h>

#include <errno.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "net.h"

struct mcast_member_s
{
  struct mcast_member_s *next;
  struct netaddr_s group;
  unsigned int ifindex;
};

/* The interface that is meant: by index; by one of its addresses; else where
 * packets to the group would go.
 */

static struct netif_s *choose(const struct socket_conn_s *conn,
                              const struct netaddr_s *group,
                              const struct netaddr_s *addr,
                              unsigned int ifindex)
{
  struct netif_addr_s *local;
  struct net_path_s path;

  if (ifindex == 0)
    {
      ifindex = conn->ifindex;
    }

  if (ifindex != 0)
    {
      return netif_find(ifindex);
    }

  if (addr != NULL && !netaddr_isany(addr))
    {
      local = netif_addr_local(NULL, addr);
      return local != NULL ? local->nif : NULL;
    }

  return net_route(group, NULL, 0, &path) == 0 ? path.nif : NULL;
}

static struct mcast_member_s **find(struct socket_conn_s *conn,
                                    const struct netaddr_s *group,
                                    unsigned int ifindex)
{
  struct mcast_member_s **m = &conn->groups;

  while (*m != NULL && ((ifindex != 0 && (*m)->ifindex != ifindex) ||
                        !netaddr_equal(&(*m)->group, group)))
    {
      m = &(*m)->next;
    }

  return m;
}

int conn_join(struct socket_conn_s *conn, const struct netaddr_s *group,
              const struct netaddr_s *addr, unsigned int ifindex)
{
  struct mcast_member_s *m;
  struct netif_s *nif;
  int ret;

  if (!netaddr_ismulticast(group))
    {
      return -EINVAL;
    }

  nif = choose(conn, group, addr, ifindex);
  if (nif == NULL)
    {
      return -ENODEV;
    }

  if (*find(conn, group, nif->dev->d_ifindex) != NULL)
    {
      return -EADDRINUSE;
    }

  m = kmm_zalloc(sizeof(*m));
  if (m == NULL)
    {
      return -ENOBUFS;
    }

  ret = igmp_join(nif, group);
  if (ret < 0)
    {
      kmm_free(m);
      return ret;
    }

  m->group     = *group;
  m->ifindex   = nif->dev->d_ifindex;
  m->next      = conn->groups;
  conn->groups = m;
  return 0;
}

static void leave(struct mcast_member_s **m)
{
  struct mcast_member_s *gone = *m;
  struct netif_s *nif = netif_find(gone->ifindex);

  *m = gone->next;
  if (nif != NULL)
    {
      igmp_leave(nif, &gone->group);
    }

  kmm_free(gone);
}

/* Where no interface is named the first membership of the group will do: that
 * is what was joined in the same way, whatever the routes are now.
 */

int conn_leave(struct socket_conn_s *conn, const struct netaddr_s *group,
               const struct netaddr_s *addr, unsigned int ifindex)
{
  struct mcast_member_s **m;

  if (!netaddr_ismulticast(group))
    {
      return -EINVAL;
    }

  if (ifindex == 0 && addr != NULL && !netaddr_isany(addr))
    {
      struct netif_s *nif = choose(conn, group, addr, 0);

      if (nif == NULL)
        {
          return -ENODEV;
        }

      ifindex = nif->dev->d_ifindex;
    }

  m = find(conn, group, ifindex);
  if (*m == NULL)
    {
      return -EADDRNOTAVAIL;
    }

  leave(m);
  return 0;
}

void conn_leave_all(struct socket_conn_s *conn)
{
  while (conn->groups != NULL)
    {
      leave(&conn->groups);
    }
}

/* An endpoint gets what it joined on that interface.  What others joined it
 * gets unless IP_MULTICAST_ALL is off; and always its own bound address.
 */

bool conn_wants_group(const struct socket_conn_s *conn,
                      const struct netaddr_s *group,
                      const struct netif_s *nif)
{
  const struct mcast_member_s *m;

  for (m = conn->groups; m != NULL; m = m->next)
    {
      if (netaddr_equal(&m->group, group) &&
          m->ifindex == nif->dev->d_ifindex)
        {
          return true;
        }
    }

  return (conn->options & CONN_MCAST_ALL) != 0;
}
