using System.Runtime.CompilerServices;

namespace Purser.Architecture.Tests;

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] BuildOutput = ["bin", "obj", "artifacts", "node_modules"];

    /// <summary>Its root folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder of the repository, by their paths from the root, in order.</summary>
    public static IReadOnlyList<SourceFile> Sources(params string[] folders) =>
        [.. folders.SelectMany(folder => Files(folder, "*.cs")).Select(path => SourceFile.Parse(path, Read(path)))];

    /// <summary>The files below a folder that match a pattern, by their paths from the root; none where the folder isn't there.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern)
    {
        var start = Path.Combine(Root, folder);
        return Directory.Exists(start)
            ?
            [
                .. Directory
                    .EnumerateFiles(start, pattern, SearchOption.AllDirectories)
                    .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
                    .Where(path => !path.Split('/').Any(part => BuildOutput.Contains(part)))
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>A file's text.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Purser.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
    }
}
