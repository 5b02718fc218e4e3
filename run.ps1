# Tieout's entry point on Windows: finds a Python and hands everything to `run`, which explains itself with --help.
$ErrorActionPreference = "Stop"
$script = Join-Path $PSScriptRoot "run"
if (Get-Command py -ErrorAction SilentlyContinue) {
    & py -3 $script @args
} elseif (Get-Command python -ErrorAction SilentlyContinue) {
    & python $script @args
} else {
    Write-Host "Tieout needs Python 3.11 or newer. Install it from https://www.python.org/downloads/windows/ and start .\run.ps1 again."
    exit 1
}
exit $LASTEXITCODE
