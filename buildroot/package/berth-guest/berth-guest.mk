################################################################################
#
# berth-guest
#
################################################################################

BERTH_GUEST_SITE = $(realpath $(BR2_EXTERNAL_BERTH_PATH)/../image/guest/init)
BERTH_GUEST_SITE_METHOD = local
BERTH_GUEST_LICENSE = Apache-2.0

# Not static: crun brings the C library into the initramfs anyway.
define BERTH_GUEST_BUILD_CMDS
	cd $(@D) && $(TARGET_CC) $(TARGET_CFLAGS) -std=gnu11 -D_GNU_SOURCE -Os \
		-ffunction-sections -fdata-sections $(TARGET_LDFLAGS) -Wl,--gc-sections -o init *.c
endef

define BERTH_GUEST_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/init $(TARGET_DIR)/usr/lib/berth/guest/init
endef

$(eval $(generic-package))
