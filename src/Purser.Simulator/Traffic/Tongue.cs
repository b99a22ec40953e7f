namespace Purser.Simulator.Traffic;

/// <summary>What made-up traffic says in one language: words by topic, sentences to put them in, and how each task is asked for.</summary>
/// <param name="Code">The language, as in <c>en</c>.</param>
/// <param name="Topics">Words, a list a topic.</param>
/// <param name="Deeds">Words of any topic.</param>
/// <param name="Sentences">Sentences with places: <c>{a}</c>, <c>{b}</c> and <c>{c}</c> for words of the topic, <c>{d}</c> for a deed, <c>{n}</c> and <c>{m}</c> for numbers.</param>
/// <param name="Asks">How a task is asked for, by its class; <c>{a}</c> and <c>{n}</c> as above.</param>
internal sealed record Tongue(
    string Code,
    IReadOnlyList<string[]> Topics,
    string[] Deeds,
    string[] Sentences,
    IReadOnlyDictionary<string, string[]> Asks
)
{
    /// <summary>English.</summary>
    public static Tongue English { get; } =
        new(
            "en",
            [
                Split(
                    "invoice payment supplier customer refund account receipt balance discount currency voucher deposit auditor treasury"
                ),
                Split("parcel warehouse courier delivery pallet customs container freight carrier shipment driver loading truck route"),
                Split(
                    "server cluster database gateway container firewall certificate latency backup replica deployment queue cache kernel"
                ),
                Split("patient clinic therapy dosage nurse surgery vaccine symptom recovery pharmacy diagnosis allergy referral ward"),
                Split("contract clause tenant landlord lawsuit hearing lawyer verdict appeal statute evidence witness liability permit"),
                Split("turbine reactor voltage pipeline battery generator grid furnace boiler insulation copper methane pressure valve"),
                Split("teacher pupil lesson exam semester homework library essay lecture faculty grade tuition campus seminar"),
                Split("orchard harvest tractor pasture wheat cattle fertilizer irrigation seedling greenhouse barley poultry meadow silo"),
                Split("flight runway airport luggage passenger ticket airline hotel booking itinerary museum ferry harbour cabin"),
                Split("melody orchestra violin concert rehearsal composer sculpture gallery canvas portrait novel poem theatre actor"),
            ],
            Split(
                "approved delayed rejected repaired measured replaced reported shipped cancelled reviewed doubled halved stored moved lost found"
            ),
            [
                "The {a} for the {b} was {d} on day {n}.",
                "Our {a} says that {n} of {m} cases with a {b} were {d}.",
                "Nobody knows why the {a} was {d} before the {b} and the {c}.",
                "If the {a} isn't {d} by Friday, the {b} has to wait.",
                "There were {n} problems with the {a}; the {b} was {d} twice.",
                "A {a}, a {b} and a {c} were {d} in the same week.",
                "The {b} depends on the {a}, which was never {d}.",
                "Please note: {a} {n} belongs to {b} {m}.",
            ],
            new Dictionary<string, string[]>
            {
                ["extract"] =
                [
                    "Extract every {a} and its number as JSON.",
                    "From the note below, extract date, {a} and amount.",
                    "Extract the fields that name a {a}.",
                ],
                ["classify"] =
                [
                    "Classify this message as urgent, normal or spam.",
                    "Which queue does it belong to? Classify it: {a}, billing, or other.",
                    "Label the message with one topic.",
                ],
                ["summarize"] =
                [
                    "Summarize this for a busy reader in {n} sentences.",
                    "Summarize what happened to the {a}.",
                    "Please summarise the report; keep the figures.",
                ],
                ["translate"] =
                [
                    "Translate this into German.",
                    "Translate the note into French, keep the names.",
                    "Translate it for our office in Madrid.",
                ],
                ["rewrite"] =
                [
                    "Rewrite this so that it sounds friendly.",
                    "Rewrite the text for people who never saw a {a}.",
                    "Rephrase this in plain words.",
                ],
                ["maths"] = ["How many are left?", "Calculate what each {a} costs.", "Calculate the total, and explain each step."],
                ["chat"] = ["What would you do about it?", "Can you help me with the {a}?", "Is that normal for a {a}?", "Why is that?"],
                ["agent"] =
                [
                    "Find where the {a} is {d} and mend it.",
                    "Add a test for the {a} and the {b}.",
                    "Rename {a} to {b} everywhere.",
                    "Make the {a} faster.",
                ],
                ["code"] =
                [
                    "Why does this fail?",
                    "Add a check for a missing {a}.",
                    "Make this handle {n} rows at once.",
                    "Simplify this function.",
                ],
            }
        );

    /// <summary>German.</summary>
    public static Tongue German { get; } =
        new(
            "de",
            [
                Split("Rechnung Zahlung Lieferant Kunde Gutschrift Konto Beleg Saldo Rabatt Mahnung"),
                Split("Paket Lager Spedition Lieferung Palette Zoll Frachtbrief Fahrer Rampe Strecke"),
                Split("Maschine Ventil Pumpe Leitung Batterie Kessel Druck Schalter Motor Werkstatt"),
                Split("Vertrag Klausel Mieter Vermieter Klage Anwalt Urteil Frist Zeuge Haftung"),
                Split("Schule Lehrer Aufgabe Klasse Bibliothek Zeugnis Vorlesung Stipendium Seminar Fakultät"),
            ],
            Split("genehmigt verschoben abgelehnt repariert gemessen ersetzt gemeldet geliefert storniert geprüft verloren gefunden"),
            [
                "Am {n}. Tag wurde {a} für {b} {d}.",
                "Von {m} Fällen mit {a} wurden {n} {d}.",
                "Niemand weiß, warum {a} vor {b} und {c} {d} wurde.",
                "Wenn {a} nicht bis Freitag {d} ist, muss {b} warten.",
                "Es gab {n} Probleme mit {a}; {b} wurde zweimal {d}.",
                "Bitte beachten: {a} {n} gehört zu {b} {m}.",
            ],
            new Dictionary<string, string[]>
            {
                ["extract"] = ["Extrahiere {a}, Datum und Betrag als JSON.", "Extrahiere alle Namen und Nummern."],
                ["classify"] =
                [
                    "Klassifiziere die Nachricht: dringend, normal oder Werbung.",
                    "Klassifiziere sie nach Thema: {a} oder anderes.",
                ],
                ["summarize"] = ["Fasse das in {n} Sätzen zusammen.", "Fasse zusammen, was mit {a} war."],
                ["translate"] = ["Übersetze das ins Englische.", "Übersetze die Notiz, aber nicht die Namen."],
                ["rewrite"] = ["Formuliere das freundlicher.", "Formuliere den Text für Laien um."],
                ["maths"] = ["Wie viele bleiben übrig?", "Berechne, was {a} kostet."],
                ["chat"] = ["Was würdest du tun?", "Kannst du mir bei {a} helfen?", "Ist das bei {a} normal?"],
            }
        );

    /// <summary>French.</summary>
    public static Tongue French { get; } =
        new(
            "fr",
            [
                Split("facture paiement fournisseur client avoir compte reçu solde remise relance"),
                Split("colis entrepôt transporteur livraison palette douane conteneur chauffeur quai trajet"),
                Split("patient clinique thérapie dosage infirmier chirurgie vaccin symptôme pharmacie allergie"),
                Split("contrat clause locataire propriétaire procès avocat verdict appel témoin permis"),
            ],
            Split("approuvé retardé refusé réparé mesuré remplacé signalé livré annulé contrôlé perdu retrouvé"),
            [
                "Le jour {n}, {a} pour {b} a été {d}.",
                "Sur {m} cas avec {a}, {n} ont été {d}.",
                "Personne ne sait pourquoi {a} a été {d} avant {b} et {c}.",
                "Si {a} n'est pas {d} vendredi, {b} doit attendre.",
                "Attention : {a} {n} appartient à {b} {m}.",
            ],
            new Dictionary<string, string[]>
            {
                ["extract"] = ["Extrais {a}, la date et le montant en JSON.", "Extrais tous les noms et numéros."],
                ["classify"] = ["Classe ce message : urgent, normal ou publicité.", "Classe le message par thème."],
                ["summarize"] = ["Résume cela en {n} phrases.", "Résume ce qui est arrivé à {a}."],
                ["translate"] = ["Traduis cela en anglais.", "Traduis la note, garde les noms."],
                ["rewrite"] = ["Reformule cela plus poliment.", "Reformule le texte pour des débutants."],
                ["maths"] = ["Combien en reste-t-il ?", "Calcule ce que coûte {a}."],
                ["chat"] = ["Que ferais-tu ?", "Peux-tu m'aider avec {a} ?", "Est-ce normal pour {a} ?"],
            }
        );

    /// <summary>Spanish.</summary>
    public static Tongue Spanish { get; } =
        new(
            "es",
            [
                Split("factura pago proveedor cliente reembolso cuenta recibo saldo descuento anticipo"),
                Split("paquete almacén mensajero entrega palet aduana contenedor conductor muelle ruta"),
                Split("cosecha tractor pasto trigo ganado riego semilla invernadero cebada granja"),
                Split("vuelo aeropuerto equipaje pasajero billete hotel reserva museo puerto camarote"),
            ],
            Split("aprobado retrasado rechazado reparado medido sustituido avisado enviado cancelado revisado perdido encontrado"),
            [
                "El día {n}, {a} para {b} fue {d}.",
                "De {m} casos con {a}, {n} fueron {d}.",
                "Nadie sabe por qué {a} fue {d} antes de {b} y {c}.",
                "Si {a} no está {d} el viernes, {b} tiene que esperar.",
                "Nota: {a} {n} pertenece a {b} {m}.",
            ],
            new Dictionary<string, string[]>
            {
                ["extract"] = ["Extrae {a}, fecha e importe como JSON.", "Extrae todos los nombres y números."],
                ["classify"] = ["Clasifica el mensaje: urgente, normal o publicidad.", "Clasifica el mensaje por tema."],
                ["summarize"] = ["Resume esto en {n} frases.", "Resume lo que pasó con {a}."],
                ["translate"] = ["Traduce esto al inglés.", "Traduce la nota, guarda los nombres."],
                ["rewrite"] = ["Reescribe esto con más cortesía.", "Reescribe el texto para principiantes."],
                ["maths"] = ["¿Cuántos quedan?", "Calcula lo que cuesta {a}."],
                ["chat"] = ["¿Qué harías tú?", "¿Me ayudas con {a}?", "¿Es normal para {a}?"],
            }
        );

    private static string[] Split(string words) => words.Split(' ');
}
