using System.Collections.Frozen;

namespace Purser.Core.Pricing;

/// <summary>
/// The prices of all models of all providers: an immutable snapshot, read from files as a whole or not at all.
/// </summary>
public sealed class PriceBook
{
    private readonly FrozenDictionary<(string Provider, string Name), PricedModel> byName;

    private PriceBook(IReadOnlyList<PricedModel> models, IReadOnlyList<ModelFees> fees)
    {
        (Models, Fees) = (models, fees);
        Version = PriceBookVersion.Of(models, fees);
        byName = models
            .SelectMany(model => model.Aliases.Prepend(model.Id).Select(name => KeyValuePair.Create((model.Provider, name), model)))
            .ToFrozenDictionary();
    }

    /// <summary>
    /// A short hash of what the book says (names, limits, dates and rates): the same for the same content, however it is written
    /// and in whatever order.
    /// </summary>
    public string Version { get; }

    /// <summary>All models, by provider and id.</summary>
    public IReadOnlyList<PricedModel> Models { get; }

    /// <summary>The fees that stand beside entries, which have them already, by provider and in the order of the files.</summary>
    public IReadOnlyList<ModelFees> Fees { get; }

    /// <summary>
    /// Reads files into one book. Several files may hold models of one provider; a later file may give a model anew with
    /// <c>replace: true</c>. Every error of every file is reported, and then there is no book.
    /// </summary>
    public static PriceBookResult Parse(IReadOnlyList<PriceFile> files)
    {
        var errors = new List<PriceError>();
        var models = new Dictionary<(string Provider, string Id), StatedModel>();
        var fees = new List<ModelFees>();
        foreach (var (stated, found) in Read(files))
        {
            errors.AddRange(found);
            fees.AddRange(stated.Fees);
            foreach (var model in stated.Models)
            {
                AddModel(models, model, errors);
            }
        }
        CheckNames(models.Values, errors);
        if (errors.Count > 0)
        {
            var order = files.Select((file, index) => (file.Name, index)).DistinctBy(file => file.Name).ToDictionary();
            return new(null, [.. errors.OrderBy(error => order[error.File]).ThenBy(error => error.Line)]);
        }
        var sorted = models
            .Values.Select(stated => stated.Model)
            .OrderBy(model => model.Provider, StringComparer.Ordinal)
            .ThenBy(model => model.Id, StringComparer.Ordinal);
        return new(new([.. sorted], [.. fees.OrderBy(beside => beside.Provider, StringComparer.Ordinal)]), []);
    }

    /// <summary>
    /// Finds a model by its id, an alias or a dated snapshot, exactly as written, or by a name that the provider documents to mean one
    /// (a path, an ARN, a fine-tuned model of its base); null where the book doesn't have it.
    /// </summary>
    public PricedModel? FindModel(string provider, string model) =>
        byName.TryGetValue((provider, model), out var found) ? found
        : ModelNames.Listed(provider, model) is { } listed ? byName.GetValueOrDefault((provider, listed))
        : null;

    // Side by side, for a start waits for it; what comes out is in the files' order.
    private static (StatedFile File, List<PriceError> Errors)[] Read(IReadOnlyList<PriceFile> files)
    {
        var read = new (StatedFile, List<PriceError>)[files.Count];
        Parallel.For(
            0,
            files.Count,
            index =>
            {
                var errors = new List<PriceError>();
                read[index] = (PriceFileReader.Read(files[index], errors), errors);
            }
        );
        return read;
    }

    private static void AddModel(Dictionary<(string, string), StatedModel> models, StatedModel stated, List<PriceError> errors)
    {
        var key = (stated.Model.Provider, stated.Model.Id);
        if (models.TryGetValue(key, out var earlier) && !stated.Replace)
        {
            errors.Add(
                new(
                    PriceErrorKind.DuplicateModel,
                    stated.File,
                    stated.Line,
                    $"the model '{stated.Model.Id}' of {stated.Model.Provider} is in {earlier.File}:{earlier.Line} already",
                    "add 'replace: true' to use this one instead"
                )
            );
            return;
        }
        models[key] = stated;
    }

    private static void CheckNames(IEnumerable<StatedModel> models, List<PriceError> errors)
    {
        var owners = new Dictionary<(string Provider, string Name), StatedModel>();
        foreach (var stated in models)
        {
            foreach (var (name, line) in stated.Names)
            {
                if (!owners.TryAdd((stated.Model.Provider, name), stated))
                {
                    var owner = owners[(stated.Model.Provider, name)];
                    var message = $"'{name}' means the model '{owner.Model.Id}' of {owner.File}:{owner.Line} already";
                    errors.Add(
                        new(PriceErrorKind.DuplicateAlias, stated.File, line, message, "a name means one model: remove it here or there")
                    );
                }
            }
        }
    }
}
