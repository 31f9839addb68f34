//! Where and in which precision a network runs: what users may ask for, and what this machine has.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::OnceLock;

use tch::{Device, Kind, Tensor};

use super::tensors::first_line;
use super::{TorchError, bf16};

/// Devices that a user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Devices {
    /// The first GPU if there is one that works, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// GPUs by number.
    Cuda(Vec<usize>),
}

/// Precision that a user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// bf16 on processors that are faster in it and f16 on GPUs, for networks that keep their accuracy in it; else f32.
    #[default]
    Auto,
    /// 32-bit floats.
    F32,
    /// 16-bit floats with the range of 32-bit ones.
    Bf16,
    /// 16-bit floats; GPUs only.
    F16,
}

/// A device or precision that does not exist, in a sentence that says what does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChoiceError(String);

impl FromStr for Devices {
    type Err = ChoiceError;

    /// `auto`, `cpu`, `cuda` (the first GPU), `cuda:N`, or several of the last separated by commas.
    fn from_str(text: &str) -> Result<Devices, ChoiceError> {
        let unknown = || {
            ChoiceError(format!(
                "{text:?} is no device: use auto, cpu, cuda, cuda:0, or cuda:0,cuda:1"
            ))
        };
        match text {
            "auto" => return Ok(Devices::Auto),
            "cpu" => return Ok(Devices::Cpu),
            _ => {}
        }
        let mut numbers = Vec::new();
        for name in text.split(',') {
            let number = match name.strip_prefix("cuda") {
                Some("") => 0,
                Some(rest) => rest
                    .strip_prefix(':')
                    .and_then(|n| n.parse().ok())
                    .ok_or_else(unknown)?,
                None => return Err(unknown()),
            };
            if numbers.contains(&number) {
                return Err(ChoiceError(format!(
                    "device cuda:{number} is named twice in {text:?}"
                )));
            }
            numbers.push(number);
        }
        Ok(Devices::Cuda(numbers))
    }
}

impl FromStr for Precision {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Precision, ChoiceError> {
        match text {
            "auto" => Ok(Precision::Auto),
            "f32" => Ok(Precision::F32),
            "bf16" => Ok(Precision::Bf16),
            "f16" => Ok(Precision::F16),
            _ => Err(ChoiceError(format!(
                "{text:?} is no precision: use auto, f32, bf16 or f16"
            ))),
        }
    }
}

impl fmt::Display for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Devices::Auto => f.pad("auto"),
            Devices::Cpu => f.pad("cpu"),
            Devices::Cuda(numbers) => {
                let names: Vec<String> = numbers.iter().map(|n| format!("cuda:{n}")).collect();
                f.pad(&names.join(","))
            }
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Precision::Auto => "auto",
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
            Precision::F16 => "f16",
        })
    }
}

impl Devices {
    /// These very devices, by the names that users give them.
    pub fn of(devices: &[Device]) -> Devices {
        let number = |device: &Device| match device {
            Device::Cuda(number) => Some(*number),
            _ => None,
        };
        let numbers: Vec<usize> = devices.iter().filter_map(number).collect();
        match numbers.is_empty() {
            true => Devices::Cpu,
            false => Devices::Cuda(numbers),
        }
    }

    /// The devices of this machine that are meant; processors and GPUs are not mixed.
    ///
    /// # Errors
    /// When a GPU is asked for that is not there.
    pub fn find(&self) -> Result<Vec<Device>, TorchError> {
        match self {
            Devices::Cpu => Ok(vec![Device::Cpu]),
            Devices::Auto => Ok(vec![first_gpu().unwrap_or_else(|why| {
                log::debug!("runs on the processor: {why}");
                Device::Cpu
            })]),
            Devices::Cuda(numbers) => {
                let count = cuda().map_err(TorchError::NoCuda)?;
                if numbers.is_empty() {
                    return Err(TorchError::NoCuda("none was named".into()));
                }
                match numbers.iter().find(|&&number| number >= count) {
                    Some(number) => Err(TorchError::NoSuchDevice {
                        number: *number,
                        count,
                    }),
                    None => Ok(numbers.iter().map(|&number| Device::Cuda(number)).collect()),
                }
            }
        }
    }

    /// The first of them.
    ///
    /// # Errors
    /// As [`Devices::find`].
    pub fn first(&self) -> Result<Device, TorchError> {
        Ok(first_of(&self.find()?))
    }
}

/// The first of devices that were found; the processor is always there.
pub(super) fn first_of(devices: &[Device]) -> Device {
    devices.first().copied().unwrap_or(Device::Cpu)
}

/// What networks would run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// GPUs; 0 for the processor.
    pub gpus: usize,
    /// Whether it is faster in 16-bit floats.
    pub half_precision: bool,
}

impl Devices {
    /// What is found of them on this machine.
    ///
    /// # Errors
    /// As [`Devices::find`].
    pub fn look(&self) -> Result<Hardware, TorchError> {
        let devices = self.find()?;
        let (kind, _) = Precision::Auto.on(first_of(&devices))?;
        Ok(Hardware {
            gpus: devices.iter().filter(|device| device.is_cuda()).count(),
            half_precision: kind != Kind::Float,
        })
    }
}

impl Precision {
    /// That of numbers of this kind.
    pub fn of(kind: Kind) -> Precision {
        match kind {
            Kind::BFloat16 => Precision::Bf16,
            Kind::Half => Precision::F16,
            _ => Precision::F32,
        }
    }

    /// What a device computes in. Says also whether that was a free choice, to be checked against the network.
    ///
    /// # Errors
    /// When the device does not compute in it.
    pub fn on(self, device: Device) -> Result<(Kind, bool), TorchError> {
        match (self, device) {
            (Precision::F32, _) => Ok((Kind::Float, false)),
            (Precision::Bf16, Device::Cpu) if !bf16::works() => Err(TorchError::NoBf16OnCpu),
            (Precision::Bf16, _) => Ok((Kind::BFloat16, false)),
            (Precision::F16, Device::Cpu) => Err(TorchError::NoHalfOnCpu),
            (Precision::F16, _) => Ok((Kind::Half, false)),
            (Precision::Auto, Device::Cpu) if bf16::is_faster() => Ok((Kind::BFloat16, true)),
            (Precision::Auto, Device::Cpu) => Ok((Kind::Float, true)),
            (Precision::Auto, _) => Ok((Kind::Half, true)),
        }
    }
}

/// Number of GPUs, or why there is no CUDA. The program is linked to libtorch for processors alone; the part for CUDA
/// is opened here, once, when it lies beside it. It must happen before anything else asks libtorch about CUDA, which
/// remembers the answer.
fn cuda() -> Result<usize, String> {
    static COUNT: OnceLock<Result<usize, String>> = OnceLock::new();
    COUNT
        .get_or_init(|| {
            open_cuda_library()?;
            if !tch::Cuda::is_available() {
                return Err("libtorch finds no usable NVIDIA driver or GPU".into());
            }
            match tch::Cuda::device_count() {
                count if count > 0 => Ok(count as usize),
                _ => Err("libtorch counts no GPU".into()),
            }
        })
        .clone()
}

/// The first GPU that computes, or why there is none.
fn first_gpu() -> Result<Device, String> {
    let mut why = "there is no GPU".to_owned();
    for device in (0..cuda()?).map(Device::Cuda) {
        match try_out(device) {
            Ok(()) => return Ok(device),
            Err(error) => {
                log::warn!("{error}");
                why = error;
            }
        }
    }
    Err(why)
}

/// Computes something: libtorch also counts GPUs that it has no code for, or that have no memory left.
fn try_out(device: Device) -> Result<(), String> {
    let name = Devices::of(&[device]);
    let ones = Tensor::f_ones([2], (Kind::Float, device));
    let sum = ones.and_then(|ones| ones.f_sum(Kind::Float)?.f_double_value(&[]));
    match sum {
        Ok(2.0) => Ok(()),
        Ok(other) => Err(format!("{name} computes 1 + 1 = {other}")),
        Err(error) => Err(format!("{name}: {}", first_line(&error))),
    }
}

/// Opens libtorch's library for CUDA in the folder where the libtorch in use lies: one of another version, found
/// elsewhere, would take the program down.
#[cfg(target_os = "linux")]
fn open_cuda_library() -> Result<(), String> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    let path = libtorch_folder()?.join("libtorch_cuda.so");
    if !path.exists() {
        return Err(format!(
            "{} is missing: this libtorch is the part for processors; README says under \"With a GPU\" how to use a whole one",
            path.display()
        ));
    }
    // SAFETY: the library belongs to the libtorch that the program runs with; its initialisers register CUDA with it,
    // which is what it is opened for. No symbol of it is used from here.
    match unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) } {
        Ok(library) => {
            // Registered functions live in it: it stays open until the process ends.
            std::mem::forget(library);
            Ok(())
        }
        Err(error) => {
            // What the system says is its source.
            let cause = error
                .source()
                .map_or_else(|| error.to_string(), ToString::to_string);
            Err(format!(
                "libtorch's CUDA library cannot be opened ({cause})"
            ))
        }
    }
}

/// Where the libtorch lies that the program has been linked to as it started.
#[cfg(target_os = "linux")]
fn libtorch_folder() -> Result<PathBuf, String> {
    let maps = fs::read_to_string("/proc/self/maps")
        .map_err(|error| format!("cannot read /proc/self/maps: {error}"))?;
    let mut paths = maps
        .lines()
        .filter_map(|line| Some(Path::new(&line[line.find('/')?..])));
    let library = paths.find(|path| {
        path.file_name()
            .is_some_and(|name| name == "libtorch_cpu.so")
    });
    let folder = library.and_then(Path::parent).map(Path::to_owned);
    folder.ok_or_else(|| "libtorch_cpu.so is not among the libraries of this program".into())
}

#[cfg(not(target_os = "linux"))]
fn open_cuda_library() -> Result<(), String> {
    Err("CUDA is supported on Linux only".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_precisions_are_read() {
        let table: [(&str, Option<Devices>); 11] = [
            ("auto", Some(Devices::Auto)),
            ("cpu", Some(Devices::Cpu)),
            ("cuda", Some(Devices::Cuda(vec![0]))),
            ("cuda:2", Some(Devices::Cuda(vec![2]))),
            ("cuda:0,cuda:3", Some(Devices::Cuda(vec![0, 3]))),
            ("cuda:0,cuda", None),
            ("cuda:", None),
            ("cuda:x", None),
            ("cpu,cuda", None),
            ("gpu", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Devices>().ok(), expected, "{text}");
            if let Some(devices) = expected {
                assert_eq!(devices.to_string().parse(), Ok(devices));
            }
        }
        let two = [Device::Cuda(0), Device::Cuda(1)];
        assert_eq!(Devices::of(&two).to_string(), "cuda:0,cuda:1");
        assert_eq!(Devices::of(&[Device::Cpu]), Devices::Cpu);
        for precision in [
            Precision::Auto,
            Precision::F32,
            Precision::Bf16,
            Precision::F16,
        ] {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        assert!("fp16".parse::<Precision>().is_err());
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(Devices::Cpu.find().expect("a processor"), [Device::Cpu]);
        let error = Precision::F16
            .on(Device::Cpu)
            .expect_err("processors do not do f16");
        assert!(error.to_string().contains("bf16"), "{error}");
        if let Err(error) = Devices::Cuda(vec![99]).find() {
            assert!(error.to_string().contains("--device"), "{error}");
        }
    }
}
