using Purser.Core.Pricing;

namespace Purser.Cli.Hosting;

/// <summary>The price book's files: those that come with the program, or a folder of one's own.</summary>
internal static class PriceFiles
{
    /// <summary>The folder that comes with the program.</summary>
    public static string BuiltIn => Path.Combine(AppContext.BaseDirectory, "prices");

    /// <summary>Reads the files of a folder (its <c>providers/</c> where it has one), or one file, into a book, or the errors.</summary>
    /// <param name="path">The folder, or the file.</param>
    /// <param name="besideBuiltIn">Whether those that come with the program are read before them.</param>
    /// <exception cref="CliException">There are no such files.</exception>
    public static (PriceBookResult Result, int Files) Read(string path, bool besideBuiltIn = false)
    {
        var files = Names(path);
        if (files.Count == 0)
        {
            throw CliException.Usage($"there are no price files (*.yml) in {path}", "Say where they are with --prices DIR.");
        }
        IEnumerable<string> all = besideBuiltIn ? [.. Names(BuiltIn), .. files] : files;
        return (PriceBook.Parse([.. all.Select(Text)]), all.Count());
    }

    /// <summary>The names of the files of a folder (of its <c>providers/</c> where it has one), or of one file; none where there are none.</summary>
    public static IReadOnlyList<string> Names(string path) =>
        File.Exists(path) ? [path]
        : Directory.Exists(Folder(path)) ? [.. Directory.GetFiles(Folder(path), "*.yml").Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Where a folder has its price files.</summary>
    public static string Folder(string path) =>
        Path.Combine(path, "providers") is var providers && Directory.Exists(providers) ? providers : path;

    /// <summary>A file's text; empty where it isn't there.</summary>
    public static PriceFile Text(string file) => new(file, File.Exists(file) ? File.ReadAllText(file) : "");

    /// <summary>Where the price files are that a command was told of, or those that come with the program.</summary>
    public static string PathOf(CliContext context, string? given) => given is null ? BuiltIn : context.FullPath(given);

    /// <summary>Reads the book that a command was told of, or the one that comes with the program.</summary>
    /// <exception cref="CliException">It has errors.</exception>
    public static PriceBook Load(CliContext context, string? given) => Load(PathOf(context, given));

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
