//! Embeds the catalog: every `src/record/catalog/*.toml` becomes one entry, so that a provider is one file and nothing else.

use std::path::{Path, PathBuf};
use std::{env, error::Error, fmt::Write as _, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("src/record/catalog");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort_by_key(|file| file.with_extension(""));
    let mut source = String::from("[\n");
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "toml")) {
        let name = file.file_stem().ok_or("a catalog file has no name")?.to_string_lossy().into_owned();
        let path = fs::canonicalize(file)?;
        writeln!(source, "    ({name:?}, include_str!({:?})),", path.display().to_string())?;
        println!("cargo::rerun-if-changed={}", file.display());
    }
    source.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("catalog.rs"), source)?;
    Ok(())
}
