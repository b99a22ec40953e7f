using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Purser.Simulation;

/// <summary>
/// The engine and the worlds, compiled again from their sources with one bug planted. The engine that ships has no switch for it.
/// </summary>
internal static class PlantedEngine
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    private static readonly string Root = FindRoot();
    private static readonly string Core = Path.Combine(Root, "src", "Purser.Core");
    private static readonly Dictionary<string, string> Sources = Read();
    private static readonly Dictionary<string, SyntaxTree> Trees = Sources.ToDictionary(
        source => source.Key,
        source => Parse(source.Value)
    );

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Purser.Core", StringComparison.Ordinal))
            .Where(path => !Path.GetFileName(path).StartsWith("Purser.Simulation", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>How often the bug's text stands in its file: it should be once.</summary>
    public static int Occurrences(PlantedBug bug) => Sources[Place(bug)].Split(Lines(bug.Text)).Length - 1;

    /// <summary>The function that lives through a world with the bug: from a seed to the auditor's words, or null.</summary>
    public static Func<long, string?> WorldsWith(PlantedBug bug)
    {
        var planted = Parse(Sources[Place(bug)].Replace(Lines(bug.Text), Lines(bug.Instead), StringComparison.Ordinal));
        var compilation = CSharpCompilation.Create(
            "Purser.Simulation.Planted",
            Trees.Select(tree => tree.Key == Place(bug) ? planted : tree.Value).Append(Parse(Usings)),
            References,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        if (!result.Success)
        {
            var errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            throw new InvalidOperationException($"'{bug.Name}' doesn't compile:\n{string.Join('\n', errors.Take(5))}");
        }

        image.Position = 0;
        var run = new AssemblyLoadContext(bug.Name, isCollectible: true)
            .LoadFromStream(image)
            .GetType("Purser.Simulation.Worlds.World")!
            .GetMethod("Run", BindingFlags.Public | BindingFlags.Static)!;
        return seed => (string?)run.Invoke(null, [seed, null]);
    }

    private static string Place(PlantedBug bug) => Path.Combine(Core, bug.File);

    private static string Lines(string text) => text.ReplaceLineEndings("\n");

    private static SyntaxTree Parse(string text) => CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest));

    private static Dictionary<string, string> Read() =>
        new[] { Core, Path.Combine(Root, "tests", "Purser.Simulation", "Worlds") }
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .ToDictionary(path => path, path => Lines(File.ReadAllText(path)));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Purser.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository isn't above the tests.");
        }

        return folder.FullName;
    }
}
