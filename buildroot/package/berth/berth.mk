################################################################################
#
# berth
#
################################################################################

# The project this tree lies in is not copied: Bun reads it where it is, with the npm packages its lock file names.
BERTH_VERSION = $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' $(BR2_EXTERNAL_BERTH_PATH)/../package.json)
BERTH_SOURCE =
BERTH_LICENSE = Apache-2.0
BERTH_PROJECT = $(realpath $(BR2_EXTERNAL_BERTH_PATH)/..)

define BERTH_BUILD_CMDS
	cd $(BERTH_PROJECT) && bun image/executable.ts --architecture $(ARCH) --output $(@D)/berth
endef

define BERTH_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/berth $(TARGET_DIR)/usr/bin/berth
endef

define BERTH_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(BERTH_PKGDIR)/10-berth.preset \
		$(TARGET_DIR)/usr/lib/systemd/system-preset/10-berth.preset
	$(INSTALL) -D -m 0644 $(BERTH_PKGDIR)/qemu-guest-agent.service \
		$(TARGET_DIR)/usr/lib/systemd/system/qemu-guest-agent.service
	$(INSTALL) -D -m 0644 $(BERTH_PKGDIR)/60-qemu-guest-agent.rules \
		$(TARGET_DIR)/usr/lib/udev/rules.d/60-qemu-guest-agent.rules
endef

$(eval $(generic-package))
