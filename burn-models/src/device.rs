//! Where tensors live: the CPU, or a CUDA device if it really works.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Once, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use burn::tensor::Tensor;
use burn::tensor::backend::DeviceOps;
use burn::{Dispatch, DispatchDevice};
use cubecl_runtime::config::cache::CacheConfig;
use cubecl_runtime::config::compilation::CompilationConfig;
use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig};
use serde::Serialize;

/// The backend of the whole program; the device chosen at start decides where it computes.
pub type Backend = Dispatch;

/// A device of the [`Backend`].
pub type Device = DispatchDevice;

/// How long a CUDA device may take for its first small product before it counts as broken.
const TRIAL_TIME: Duration = Duration::from_mins(1);

/// Names under which the CUDA driver is found.
const DRIVERS: [&str; 3] = ["libcuda.so.1", "libcuda.so", "nvcuda.dll"];

/// Where compiled kernels are kept.
static KERNELS: OnceLock<PathBuf> = OnceLock::new();

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// CUDA if it works, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// This CUDA device or an error.
    Cuda(usize),
}

/// What a choice led to, and why.
#[derive(Clone, Debug, Serialize)]
pub struct ChosenDevice {
    /// The device.
    #[serde(skip)]
    pub device: Device,
    /// `cpu` or `cuda:N`.
    pub name: String,
    /// One line for the screen.
    pub reason: String,
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The word is no device.
    #[error("`{0}` is no device: use `auto`, `cpu`, `cuda` or `cuda:N`")]
    Unknown(String),
    /// The CUDA device was asked for and does not work.
    #[error("cuda:{index} cannot be used: {reason}; use `--device cpu`, or `auto` to fall back by itself")]
    Unusable {
        /// Index of the device.
        index: usize,
        /// What is missing.
        reason: String,
    },
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.split_once(':') {
            None if word == "auto" => Ok(Self::Auto),
            None if word == "cpu" => Ok(Self::Cpu),
            None if word == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", index)) => index.parse().map(Self::Cuda).map_err(|_| DeviceError::Unknown(word.to_owned())),
            _ => Err(DeviceError::Unknown(word.to_owned())),
        }
    }
}

/// The CPU, for tests and for what needs no choice.
pub fn cpu() -> Device {
    DispatchDevice::Flex(burn::backend::flex::FlexDevice)
}

/// Whether computing on `device` is waited for anyway.
pub fn is_cpu(device: &Device) -> bool {
    matches!(device.inner(), DispatchDevice::Flex(_))
}

/// Keeps compiled CUDA kernels in `folder`, so that they are compiled once and not at every start; the first folder that a
/// process names counts, and only before it uses a CUDA device.
pub fn keep_kernels(folder: PathBuf) {
    // Another folder cannot be had any more.
    let _ = KERNELS.set(folder);
}

/// Tells the CUDA backend where to keep kernels, if there is such a place.
fn configure_kernels() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let folder = KERNELS.get().filter(|folder| fs::create_dir_all(folder).is_ok());
        let cache = folder.map(|folder| CacheConfig::File(folder.clone()));
        let compilation = CompilationConfig { cache, ..CompilationConfig::default() };
        let config = CubeClRuntimeConfig { compilation, ..CubeClRuntimeConfig::default() };
        CubeClRuntimeConfig::set(config.override_from_env());
    });
}

/// Fixes everything that `device` leaves to chance from now on.
pub fn seed(device: &Device, seed: u64) {
    <Backend as burn::tensor::backend::Backend>::seed(device, seed);
}

/// Turns a choice into a device that works.
pub fn choose(choice: DeviceChoice) -> Result<ChosenDevice, DeviceError> {
    let on_cpu = |reason: String| ChosenDevice { device: cpu(), name: "cpu".into(), reason };
    match choice {
        DeviceChoice::Cpu => Ok(on_cpu("the CPU was asked for".into())),
        DeviceChoice::Auto => Ok(cuda(0).map_or_else(
            |why| on_cpu(format!("no CUDA: {why}")),
            |device| ChosenDevice { device, name: "cuda:0".into(), reason: "a CUDA device was found and works".into() },
        )),
        DeviceChoice::Cuda(index) => match cuda(index) {
            Ok(device) => Ok(ChosenDevice { device, name: format!("cuda:{index}"), reason: "it was asked for".into() }),
            Err(reason) => Err(DeviceError::Unusable { index, reason }),
        },
    }
}

/// A CUDA device on which a small product came out right.
fn cuda(index: usize) -> Result<Device, String> {
    let count = driver_devices()?;
    if index >= count {
        return Err(format!("the driver knows {count} device(s)"));
    }
    configure_kernels();
    // burn-cuda panics in threads of its own, so the trial runs apart and is only waited for.
    let (sender, receiver) = mpsc::channel();
    let device = DispatchDevice::Cuda(burn::backend::cuda::CudaDevice::new(index));
    let trial_device = device.clone();
    let trial = thread::Builder::new().name("cuda trial".into()).spawn(move || {
        let ones = Tensor::<Backend, 2>::ones([8, 8], &trial_device);
        let product = ones.clone().matmul(ones).into_data().to_vec::<f32>();
        // Nobody listens any more after the time is over.
        let _ = sender.send(product.is_ok_and(|values| values.iter().all(|value| (value - 8.0).abs() < 1e-3)));
    });
    trial.map_err(|error| format!("no thread for the trial: {error}"))?;
    match receiver.recv_timeout(TRIAL_TIME) {
        Ok(true) => Ok(device),
        Ok(false) => Err("a trial product came out wrong".into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("a trial product failed (is NVRTC installed?)".into()),
        Err(mpsc::RecvTimeoutError::Timeout) => Err("a trial product did not end".into()),
    }
}

/// Number of devices the CUDA driver knows, asked without burn.
#[allow(unsafe_code, reason = "the driver is a C library that may be absent")]
fn driver_devices() -> Result<usize, String> {
    type Initialise = unsafe extern "C" fn(u32) -> i32;
    type Count = unsafe extern "C" fn(*mut i32) -> i32;
    // SAFETY: `cuInit` and `cuDeviceGetCount` have these signatures in every version of the CUDA driver API, and the
    // library stays loaded until both calls are over.
    unsafe {
        let library = DRIVERS.iter().find_map(|name| libloading::Library::new(*name).ok());
        let library = library.ok_or("no CUDA driver on this machine")?;
        let incomplete = |_| "the CUDA driver is incomplete".to_owned();
        let initialise: libloading::Symbol<Initialise> = library.get(b"cuInit").map_err(incomplete)?;
        let count: libloading::Symbol<Count> = library.get(b"cuDeviceGetCount").map_err(incomplete)?;
        let status = initialise(0);
        if status != 0 {
            return Err(format!("the CUDA driver does not start (code {status})"));
        }
        let mut devices = 0;
        match count(&raw mut devices) {
            0 if devices > 0 => Ok(devices as usize),
            0 => Err("the CUDA driver finds no device".into()),
            status => Err(format!("the CUDA driver does not count its devices (code {status})")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_choices() {
        assert_eq!("auto".parse(), Ok(DeviceChoice::Auto));
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        assert_eq!("cuda:3".parse(), Ok(DeviceChoice::Cuda(3)));
        for word in ["gpu", "cuda:", "cuda:x", "CPU:1", ""] {
            assert_eq!(word.parse::<DeviceChoice>(), Err(DeviceError::Unknown(word.to_owned())));
        }
    }

    #[test]
    fn auto_always_finds_a_device_and_says_why() {
        let chosen = choose(DeviceChoice::Auto).expect("auto falls back to the CPU");
        assert!(!chosen.reason.is_empty());
    }
}
