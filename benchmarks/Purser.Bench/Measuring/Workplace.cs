using Purser.Bench.Targets;

namespace Purser.Bench.Measuring;

/// <summary>Where a run keeps its files, which cores it uses and which address the upstream has.</summary>
internal sealed class Workplace(string output, int port)
{
    /// <summary>The proxy has this core to itself (as far as the machine lets it).</summary>
    public const int ProxyCore = 0;

    /// <summary>Load generator and upstream share this one.</summary>
    public const int LoadCore = 1;

    public string Output { get; } = Directory.CreateDirectory(output).FullName;

    public Uri Upstream { get; } = new($"http://127.0.0.1:{port}/");

    /// <summary>A folder of the target's own, empty when the run began.</summary>
    public string FolderOf(Target target) =>
        Directory.CreateDirectory(Path.Combine(Output, "work", target.Name.Replace(' ', '_'))).FullName;

    public string FileOf(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(Output, "work")).FullName, name);

    public void Clear()
    {
        if (Directory.Exists(Path.Combine(Output, "work")))
        {
            Directory.Delete(Path.Combine(Output, "work"), recursive: true);
        }
    }
}
