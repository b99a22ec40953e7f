using Purser.Core.Pricing;
using Purser.Gateway.Configuration;

namespace Purser.Cli.Contracts;

/// <summary>The files of contracts: a folder of them, or one.</summary>
internal static class ContractFiles
{
    /// <summary>Where contracts are looked for where no place is named.</summary>
    public const string DefaultFolder = "contracts";

    /// <summary>Reads a folder or a file into contracts, or what is wrong with them.</summary>
    /// <exception cref="CliException">There are no such files.</exception>
    public static (ContractBookResult Result, int Files) Read(string path, PriceBook prices)
    {
        var files = OptionsLoader.YamlFiles(path);
        return files.Count == 0
            ? throw CliException.Usage($"there are no contract files (*.yml) in {path}", "docs/contracts.md has one to begin with.")
            : (ContractBook.Parse(files, prices), files.Count);
    }

    /// <summary>The one contract of a file; what is probably a mistake in it is told.</summary>
    /// <exception cref="CliException">It isn't there, it has errors, or it's a folder of several.</exception>
    public static Contract One(CliContext context, string given, PriceBook prices)
    {
        var book = Book(context, given, prices);
        return book.Contracts is [var contract]
            ? contract
            : throw CliException.Usage($"{context.FullPath(given)} has {book.Contracts.Count} contracts", "Name the file of one.");
    }

    /// <summary>The contracts of a folder or a file; what is probably a mistake in them is told.</summary>
    /// <exception cref="CliException">There are none, or they have errors.</exception>
    public static ContractBook Book(CliContext context, string given, PriceBook prices)
    {
        var (result, files) = Read(context.FullPath(given), prices);
        if (result.Book is not { } book)
        {
            throw CliException.Usage(
                $"the {(files == 1 ? "contract has" : "contracts have")} {result.Errors.Count} {(result.Errors.Count == 1 ? "error" : "errors")}; the first: {result.Errors[0]}",
                $"`./purser contracts check --contracts {given}` shows them all."
            );
        }
        foreach (var warning in result.Warnings)
        {
            context.Error.WriteLine($"purser: {warning}");
        }
        return book;
    }
}
