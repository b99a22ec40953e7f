using System.Reflection;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Admin;

/// <summary>What the gateway says of itself.</summary>
internal static class StatusView
{
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

    /// <summary>Whether it can be called with a key: a stored one where there are any, else the configuration's.</summary>
    private static bool HasKey(LedgerStore store, ProviderOptions provider) =>
        store.Control.Credentials.All.Where(credential => credential.Provider == provider.Name).ToList() is { Count: > 0 } own
            ? own.Any(credential => !credential.Disabled)
            : provider.ApiKey.Length > 0;

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
