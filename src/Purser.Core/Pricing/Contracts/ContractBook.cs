namespace Purser.Core.Pricing;

/// <summary>Contracts, or everything that is wrong with their files.</summary>
/// <param name="Book">The contracts; null where there is any error.</param>
/// <param name="Errors">Every error, by file and line; empty where there is a book.</param>
/// <param name="Warnings">What is probably a mistake, and doesn't keep the contracts from being used.</param>
public sealed record ContractBookResult(ContractBook? Book, IReadOnlyList<PriceError> Errors, IReadOnlyList<PriceError> Warnings);

/// <summary>The contracts with all providers: at each instant at most one a provider.</summary>
public sealed class ContractBook
{
    private ContractBook(IReadOnlyList<Contract> contracts) => Contracts = contracts;

    /// <summary>None.</summary>
    public static ContractBook Empty { get; } = new([]);

    /// <summary>All, by provider and start.</summary>
    public IReadOnlyList<Contract> Contracts { get; }

    /// <summary>Reads files, a contract each. Every error of every file is reported, and then there is no book.</summary>
    /// <param name="files">The files.</param>
    /// <param name="prices">The price book: models are called as it calls them, and those that it doesn't have are warned of.</param>
    public static ContractBookResult Parse(IReadOnlyList<PriceFile> files, PriceBook prices)
    {
        var (errors, warnings) = (new List<PriceError>(), new List<PriceError>());
        var stated = new List<StatedContract>();
        foreach (var file in files)
        {
            if (ContractFileReader.Read(file, prices, errors, warnings) is { } contract)
            {
                Check(contract, stated, errors);
                stated.Add(contract);
            }
        }
        var order = files.Select((file, index) => (file.Name, index)).DistinctBy(file => file.Name).ToDictionary();
        var sorted = stated
            .Select(contract => contract.Contract)
            .OrderBy(contract => contract.Provider, StringComparer.Ordinal)
            .ThenBy(contract => contract.Start);
        return new(errors.Count == 0 ? new([.. sorted]) : null, Sorted(errors), Sorted(warnings));

        List<PriceError> Sorted(List<PriceError> found) => [.. found.OrderBy(error => order[error.File]).ThenBy(error => error.Line)];
    }

    /// <summary>The contract with a provider at an instant; null where there is none.</summary>
    public Contract? Find(string provider, DateTimeOffset at) =>
        Contracts.FirstOrDefault(contract => contract.Provider == provider && contract.HoldsAt(at));

    private static void Check(StatedContract stated, List<StatedContract> earlier, List<PriceError> errors)
    {
        foreach (var other in earlier)
        {
            if (other.Contract.Id == stated.Contract.Id)
            {
                errors.Add(
                    new(
                        PriceErrorKind.DuplicateName,
                        stated.File,
                        stated.IdLine,
                        $"the contract '{stated.Contract.Id}' is in {other.File}:{other.IdLine} already",
                        "give each contract an id of its own"
                    )
                );
            }
            if (other.Contract.Provider == stated.Contract.Provider && Overlap(other.Contract, stated.Contract))
            {
                errors.Add(
                    new(
                        PriceErrorKind.OverlappingDates,
                        stated.File,
                        stated.StartLine,
                        $"the contract '{other.Contract.Id}' of {other.File}:{other.StartLine} holds at the same time for '{stated.Contract.Provider}'",
                        "'end' is the first instant after a contract: let one end where the other starts"
                    )
                );
            }
        }
    }

    private static bool Overlap(Contract left, Contract right) =>
        (left.End is not { } end || right.Start < end) && (right.End is not { } other || left.Start < other);
}
