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
# Volumes come to a guest by 9p, which asks for extended attributes.
QEMU_OPTS += --enable-virtfs
QEMU_DEPENDENCIES += attr

# What guests boot: for arm64 not the image that firmware starts, which QEMU cannot unpack.
BERTH_GUEST_KERNEL = $(LINUX_ARCH_PATH)/boot/$(if $(BR2_aarch64),Image,bzImage)
define BERTH_INSTALL_GUEST_KERNEL
	$(INSTALL) -D -m 0644 $(BERTH_GUEST_KERNEL) $(BINARIES_DIR)/guest-kernel
endef
LINUX_POST_INSTALL_IMAGES_HOOKS += BERTH_INSTALL_GUEST_KERNEL
