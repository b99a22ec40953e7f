using System.Runtime.CompilerServices;
using Purser.Core.Pricing;

namespace Purser.Core.Tests.Pricing;

/// <summary>The repository's own price files.</summary>
internal static class ShippedPrices
{
    public static string Folder { get; } = Path.Combine(Root(), "prices");

    public static string Vectors { get; } = Path.Combine(Root(), "tests", "vectors", "pricing");

    public static IReadOnlyList<PriceFile> Files { get; } =
    [
        .. Directory
            .GetFiles(Path.Combine(Folder, "providers"), "*.yml")
            .Order(StringComparer.Ordinal)
            .Select(path => new PriceFile(Path.GetFileName(path), File.ReadAllText(path))),
    ];

    public static PriceBook Book { get; } = PriceBook.Parse(Files).Book ?? throw new InvalidDataException("the shipped prices have errors");

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
