/* tests/host/port/selftest/nuttx/config.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The configuration for the port's own test: what is not given on the
 * command line keeps the port's default.
 */

#ifndef __HOST_PORT_SELFTEST_CONFIG_H
#define __HOST_PORT_SELFTEST_CONFIG_H

#endif /* __HOST_PORT_SELFTEST_CONFIG_H */
