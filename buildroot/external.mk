include $(sort $(wildcard $(BR2_EXTERNAL_BERTH_PATH)/package/*/*.mk))

# Kconfig drops a symbol whose dependency is missing without a word: the build ends there instead.
BERTH_KCONFIG = bun $(BR2_EXTERNAL_BERTH_PATH)/kconfig.ts
define BERTH_CHECK_KERNEL_CONFIG
	$(BERTH_KCONFIG) $(@D)/.config \
		$(call qstrip,$(BR2_LINUX_KERNEL_CUSTOM_CONFIG_FILE)) \
		$(call qstrip,$(BR2_LINUX_KERNEL_CONFIG_FRAGMENT_FILES))
endef
LINUX_POST_CONFIGURE_HOOKS += BERTH_CHECK_KERNEL_CONFIG

define BERTH_CHECK_BUSYBOX_CONFIG
	$(BERTH_KCONFIG) $(@D)/.config $(call qstrip,$(BR2_PACKAGE_BUSYBOX_CONFIG_FRAGMENT_FILES))
endef
BUSYBOX_POST_CONFIGURE_HOOKS += BERTH_CHECK_BUSYBOX_CONFIG

# QEMU gets only the devices that guests are given (board/common/qemu).
BERTH_QEMU_DEVICES = $(BR2_EXTERNAL_BERTH_PATH)/../board/common/qemu/$(ARCH)-softmmu.mak
define BERTH_QEMU_CHOOSE_DEVICES
	$(INSTALL) -D -m 0644 $(BERTH_QEMU_DEVICES) $(@D)/configs/devices/$(ARCH)-softmmu/berth.mak
endef
QEMU_PRE_CONFIGURE_HOOKS += BERTH_QEMU_CHOOSE_DEVICES
# Guests run under KVM or not at all: no translator.
QEMU_OPTS += --without-default-devices --with-devices-$(ARCH)=berth --disable-tcg
