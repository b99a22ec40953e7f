using System.Text.Json;

namespace Purser.Core.Pricing.Import;

/// <summary>Whose table of prices a file is.</summary>
public enum PriceTableKind
{
    /// <summary>LiteLLM's <c>model_prices_and_context_window.json</c>: USD per token, no dates.</summary>
    LiteLlm,

    /// <summary>The data of genai-prices, version 2: USD per million, with start dates.</summary>
    GenaiPrices,

    /// <summary>What OpenRouter's <c>/api/v1/models</c> answers: USD per token, as texts.</summary>
    OpenRouter,

    /// <summary>What <c>models.dev/api.json</c> answers: USD per million.</summary>
    ModelsDev,
}

/// <summary>A figure of a table that the price book can't say, or that can't be right.</summary>
/// <param name="Model">The model, as the book would name it.</param>
/// <param name="Figure">The figure's name in the table.</param>
/// <param name="Why">Why it is refused, in a phrase.</param>
/// <param name="WholeModel">Whether the model is refused with it, because without the figure its price would be too low, or none.</param>
public sealed record RefusedFigure(string Model, string Figure, string Why, bool WholeModel);

/// <summary>One provider's part of somebody's table of prices, in the terms of the price book.</summary>
/// <param name="Models">The models that have a price, by the table's order.</param>
/// <param name="Refused">Every figure that isn't in <paramref name="Models"/>.</param>
public sealed record PriceTable(IReadOnlyList<PricedModel> Models, IReadOnlyList<RefusedFigure> Refused)
{
    /// <summary>Reads a provider's models from a table. What can't be carried over exactly is refused by name.</summary>
    /// <param name="kind">Whose table it is.</param>
    /// <param name="root">The whole file.</param>
    /// <param name="provider">The provider's name in the price book; tables that call it otherwise are known.</param>
    /// <param name="source">What each price says as its source.</param>
    /// <returns>The provider's part; without a model and a refusal where the table doesn't know the provider.</returns>
    /// <exception cref="FormatException">The file isn't such a table.</exception>
    public static PriceTable Read(PriceTableKind kind, JsonElement root, string provider, string source)
    {
        var reading = new TableReading(provider, source);
        Action<JsonElement, TableReading> read = kind switch
        {
            PriceTableKind.LiteLlm => LiteLlmTable.Read,
            PriceTableKind.GenaiPrices => GenaiPricesTable.Read,
            PriceTableKind.OpenRouter => OpenRouterTable.Read,
            _ => ModelsDevTable.Read,
        };
        try
        {
            read(root, reading);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"the table isn't of the form that is known: {exception.Message}", exception);
        }
        return reading.Table();
    }
}
