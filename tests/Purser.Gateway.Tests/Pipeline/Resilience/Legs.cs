using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Providers;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

/// <summary>Lanes to one model at several providers, by a clock that stands still.</summary>
internal sealed class Legs : IDisposable
{
    public static readonly CallResult Good = new() { Outcome = Outcome.Completed, Status = 200 };

    private readonly DefaultHttpContext http = new();
    private readonly Exchange exchange;
    private readonly CatalogModel[] models;
    private readonly CredentialVault vault;
    private readonly MasterKey master = TestGateway.NewMasterKey();
    private readonly CredentialSeal seal;
    private StoredCredentials stored = new([], null);

    public Legs(Balance balance, Func<double> random, params (string Name, ResilienceOptions Options)[] providers)
    {
        var book = PriceBook.Parse([new PriceFile("openai.yml", TestGateway.Prices)]).Book!;
        models =
        [
            .. providers.Select(provider => new CatalogModel(
                provider.Name,
                "openai",
                ServedFormats.Of("chat"),
                "gpt-5-mini",
                book.Models.First(model => model.Id == "gpt-5-mini")
            )),
        ];
        var configured = providers
            .Select(provider => new ProviderOptions
            {
                Name = provider.Name,
                Api = "openai",
                BaseUrl = new Uri("http://127.0.0.1:9"),
                ApiKey = "sk-configured",
                Resilience = provider.Options,
            })
            .ToList();
        seal = CredentialSeal.New(master);
        vault = new CredentialVault(() => stored, master, configured);
        Lanes = new Lanes(
            configured.Select(options => new Provider(options, vault)).ToFrozenDictionary(provider => provider.Options.Name),
            balance,
            TimeSpan.FromSeconds(60),
            null,
            Clock,
            random,
            NullLogger<Lanes>.Instance
        );
        exchange = new Exchange(http, ProviderCatalog.Chat, Guid.NewGuid(), Clock.GetUtcNow(), 0);
    }

    public Legs(params (string Name, ResilienceOptions Options)[] providers)
        : this(Balance.Order, () => 0, providers) { }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public Lanes Lanes { get; }

    public Lane this[int provider] => Lanes.To(models[provider], CredentialsOf(provider).All[0]);

    public Lane this[int provider, string key] => Lanes.To(models[provider], CredentialsOf(provider).Find(key)!);

    /// <summary>Stores a provider's credentials in place of those that it had.</summary>
    public void Store(string provider, params (string Id, string Secret, int Weight)[] keys) =>
        stored = new StoredCredentials(
            [
                .. stored.All.Where(key => key.Provider != provider),
                .. keys.Select(key => new ProviderCredential(
                    key.Id,
                    provider,
                    "",
                    CredentialKind.Key,
                    key.Weight,
                    false,
                    Clock.GetUtcNow(),
                    null,
                    null,
                    seal.Seal(key.Id, provider, key.Secret)
                )),
            ],
            seal.Stored
        );

    private ProviderCredentials CredentialsOf(int provider) => vault.Of(models[provider].Provider);

    public CancellationToken Client
    {
        set => http.RequestAborted = value;
    }

    public Journey Begin(bool stream = false) => Begin(Route(), stream);

    public Journey Begin(IReadOnlyList<Candidate> candidates, bool stream = false) => Lanes.Begin(candidates, exchange, stream);

    public IReadOnlyList<Candidate> Route()
    {
        var profile = new TaskProfile
        {
            Format = "chat",
            Model = "gpt-5-mini",
            BodyBytes = 100,
            MaxOutputTokens = 100,
        };
        return Router.Route(profile, new ModelCatalog(models), Clock.GetUtcNow()).Candidates;
    }

    public static CallResult Failed(int status, TimeSpan? retryAfter = null) =>
        new()
        {
            Outcome = Outcome.ProviderError,
            Status = status,
            RetryAfter = retryAfter,
        };

    /// <summary>An attempt over a lane that ends like this.</summary>
    public static Task<CallResult?> TryAsync(Lane lane, CallResult result) => lane.BeginAsync(result, Task.FromResult);

    /// <summary>A pause that is sure to be for everyone.</summary>
    public static async Task PauseAsync(Lane lane, TimeSpan pause)
    {
        await TryAsync(lane, Failed(429, pause));
        await TryAsync(lane, Failed(429, pause));
    }

    public void Dispose() => exchange.Dispose();
}
