using Purser.Core.Pricing;

namespace Purser.Cli.Hosting;

/// <summary>The price book's files: those that come with the program, or a folder of one's own.</summary>
internal static class PriceFiles
{
    /// <summary>The folder that comes with the program.</summary>
    public static string BuiltIn => Path.Combine(AppContext.BaseDirectory, "prices");

    /// <summary>Reads the files of a folder (its <c>providers/</c> where it has one), or one file, into a book, or the errors.</summary>
    /// <exception cref="CliException">There are no such files.</exception>
    public static (PriceBookResult Result, int Files) Read(string path)
    {
        var providers = Path.Combine(path, "providers");
        var folder = Directory.Exists(providers) ? providers : path;
        var files =
            File.Exists(path) ? [path]
            : Directory.Exists(folder) ? Directory.GetFiles(folder, "*.yml").Order(StringComparer.Ordinal).ToArray()
            : [];
        return files.Length == 0
            ? throw CliException.Usage($"there are no price files (*.yml) in {path}", "Say where they are with --prices DIR.")
            : (PriceBook.Parse([.. files.Select(file => new PriceFile(file, File.ReadAllText(file)))]), files.Length);
    }

    /// <summary>Reads a book that must be right.</summary>
    /// <exception cref="CliException">It has errors.</exception>
    public static PriceBook Load(string path)
    {
        var (result, _) = Read(path);
        return result.Book
            ?? throw CliException.Usage(
                $"the price book has {result.Errors.Count} {(result.Errors.Count == 1 ? "error" : "errors")}; the first: {result.Errors[0]}",
                $"`./purser prices check --prices {path}` shows them all."
            );
    }
}
