using System.Reflection;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Gateway.Storage;
using Purser.Providers;

namespace Purser.Gateway.Admin;

/// <summary>What the gateway says of itself.</summary>
internal static class StatusView
{
    private static readonly string[] StateNames = ["ready", "cooling", "broken", "trying", "refused"];

    public static async Task<object?> ReadAsync(AdminContext context)
    {
        var store = context.Store;
        return new
        {
            Version = typeof(StatusView)
                .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion.Split('+')[0],
            DataDir = Path.GetFullPath(context.Options.DataDirectory),
            context.StartedAt,
            Durability = store.Durability == Durability.PowerLoss ? "power-loss" : "process-crash",
            PriceBookVersion = context.Book.Version,
            Providers = context.Options.Providers.Select(provider => new
            {
                provider.Name,
                provider.Api,
                BaseUrl = provider.BaseUrl.ToString(),
                Models = context.Catalog.Models.Count(model => model.Provider == provider.Name),
                HasKey = HasKey(store, provider),
                Lanes = LanesOf(context, provider.Name),
            }),
            Stores = new[]
            {
                new
                {
                    Name = "ledger",
                    State = store.Fault is null ? "up" : "down",
                    Detail = store.Fault?.Message,
                },
            },
            Journal = new { store.HeadSeq, OpenReservations = store.Fault is null ? await store.OpenReservationsAsync() : (int?)null },
        };
    }

    /// <summary>What is known of the ways to a provider's models, one for each credential that was used.</summary>
    private static IEnumerable<object> LanesOf(AdminContext context, string provider)
    {
        var now = Lane.Now(context.Clock);
        return context
            .Lanes.Known.Where(lane => lane.Id.Provider == provider)
            .OrderBy(lane => lane.Id.Model, StringComparer.Ordinal)
            .ThenBy(lane => lane.Id.Credential, StringComparer.Ordinal)
            .Select(lane =>
            {
                var block = lane.Look();
                return new
                {
                    lane.Id.Model,
                    lane.Id.Credential,
                    State = StateNames[(int)block.State],
                    Until = block.State == LaneState.Ready ? (DateTimeOffset?)null : context.Clock.GetUtcNow() + (block.Until - now),
                    lane.UnderWay,
                    LatencyMs = (long)lane.Latency.TotalMilliseconds,
                };
            });
    }

    /// <summary>Whether it can be called: with a stored key where there are any, else with the configuration's, or without one.</summary>
    private static bool HasKey(LedgerStore store, ProviderOptions provider) =>
        store.Control.Credentials.All.Where(credential => credential.Provider == provider.Name).ToList() is { Count: > 0 } own
            ? own.Any(credential => !credential.Disabled)
            : provider.ApiKey.Length > 0
                || ProviderCatalog.FindApi(provider.Api) is { NeedsNoKey: true } or { TakesGoogleAccount: true }
                || provider.Entra.Use != EntraUse.Stored;

    public static object Models(AdminContext context)
    {
        var now = context.Clock.GetUtcNow();
        return new
        {
            Data = context.Catalog.Models.Select(model =>
            {
                var price = model.Priced?.PriceAt(now);
                return new
                {
                    Id = model.Model,
                    model.Provider,
                    model.Api,
                    Formats = model.Formats.Native.Concat(model.Formats.Translated).Order(StringComparer.Ordinal),
                    Priced = price is not null,
                    PriceEntry = price?.Entry,
                };
            }),
        };
    }
}
