using Purser.Bench.Load;

namespace Purser.Bench.Measuring;

/// <summary>One load run on one target.</summary>
/// <param name="CpuSeconds">What the proxy's process tree took meanwhile; 0 for direct.</param>
/// <param name="ResidentMegabytes">At the end of the run, under load a moment ago.</param>
/// <param name="AnonymousMegabytes">What of it belongs to no file.</param>
/// <param name="OthersCores">Cores that work of others kept busy meanwhile.</param>
internal sealed record Sample(
    int Round,
    string Row,
    string Target,
    LoadResult Load,
    double CpuSeconds,
    double ResidentMegabytes,
    double AnonymousMegabytes,
    double OthersCores
)
{
    /// <summary>Null where there is no proxy.</summary>
    public double? RequestsPerCpuSecond => CpuSeconds > 0 ? Load.Requests / CpuSeconds : null;

    public double RequestsPerSecond => Load.Requests / Load.Seconds;

    /// <summary>Others were busy meanwhile: the figure says little.</summary>
    public bool Disturbed => OthersCores > OtherWork.Tolerated;
}

/// <summary>Time from starting a process to its first complete answer through to the upstream.</summary>
internal sealed record StartUp(int Round, string Target, double Milliseconds);
