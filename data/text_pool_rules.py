"""The rules by which build-text-pool.py chooses: which parts of WordNet are seen in pictures, and which words are not wanted."""
import re

# How many texts each group gives; the most common come first (see `commonness`).
QUOTAS = {
    "noun.artifact": 5800, "noun.animal": 2300, "noun.food": 1700, "noun.plant": 1100, "noun.person": 1050, "noun.body": 220,
    "noun.object": 420, "noun.substance": 420, "noun.phenomenon": 90, "noun.shape": 160, "noun.location": 200, "scene": 520,
    "adjective": 1000, "verb": 1000, "noun phrase": 3300, "action phrase": 900,
}

# The nouns of these files of WordNet name things that are seen, all but those below the roots of UNSEEN.
SEEN_FILES = {name for name in QUOTAS if name.startswith("noun.")}
# Of these files only what lies below one of the roots.
SEEN_BELOW = {
    "noun.phenomenon": """weather.n.01 cloud.n.02 precipitation.n.03 light.n.01 smoke.n.01 cloud.n.01 flood.n.01 wave.n.01 rainbow.n.01
        reflection.n.05 shadow.n.01 crack.n.01 electrical_discharge.n.01 wind.n.01 storm.n.01 aurora.n.02""",
    "noun.person": """child.n.01 woman.n.01 man.n.01 girl.n.01 boy.n.01 baby.n.01 worker.n.01 contestant.n.01 entertainer.n.01 traveler.n.01
        serviceman.n.01 clergyman.n.01 sovereign.n.01 relative.n.01 professional.n.01 artist.n.01 athlete.n.01
        military_officer.n.01 policeman.n.01 musician.n.01 scientist.n.01 bather.n.01 spectator.n.01 student.n.01 driver.n.01
        rider.n.01 dancer.n.02 bridesmaid.n.01 newlywed.n.01 hunter.n.01 fighter.n.01 female_aristocrat.n.01 male_aristocrat.n.01
        leader.n.01 customer.n.01 seller.n.01 cook.n.01 farmer.n.01 monk.n.01 nun.n.01 pirate.n.02 twin.n.01 homeless.n.01
        pedestrian.n.01 graduate.n.01 defender.n.01 guard.n.01 explorer.n.01 climber.n.02 adolescent.n.01""",
    "scene": """chromatic_color.n.01 achromatic_color.n.01 facial_expression.n.01 gesture.n.02 sign.n.02 visual_communication.n.01
        magazine.n.02 newspaper.n.01 sport.n.01 dancing.n.01 athletic_game.n.01 party.n.02 ceremony.n.01 show.n.03 fire.n.01
        collision.n.01 explosion.n.01 season.n.02 time_of_day.n.01 crowd.n.01 animal_group.n.01 musical_organization.n.01
        vegetation.n.01 hairdo.n.01 wound.n.01 stain.n.01 blemish.n.01 posture.n.01 landscape.n.02 picture.n.01 coin.n.01
        paper_money.n.01 shadow.n.01 weather.n.01 texture.n.01 night.n.01 day.n.04 family.n.02 herd.n.01 flock.n.02 army_unit.n.01
        race.n.02 contest.n.01 circus.n.01 picnic.n.01 swimming.n.01 diving.n.02 jump.n.06 parade.n.02 procession.n.02
        traffic.n.01 carnival.n.01 fleet.n.01 pile.n.01 bunch.n.01 row.n.01 cluster.n.01 forest.n.01 grove.n.01 couple.n.01
        team.n.01 wedding.n.01 holiday.n.02 emblem.n.01""",
}

# Below these there is nothing that a picture shows.
UNSEEN = """cognition.n.01 unit_of_measurement.n.01 chemical_compound.n.01 molecule.n.01 drug.n.01 chemical.n.01 particle.n.02 bacteria.n.01
    virus.n.01 microorganism.n.01 spiritual_being.n.01 radical.n.01 drug_of_abuse.n.01 acid.n.01 protein.n.01 vitamin.n.01
    hormone.n.01 enzyme.n.01 polymer.n.01 cell.n.02 computer.n.02 artery.n.01 vein.n.01 nerve.n.01 neural_structure.n.01 gland.n.01
    body_substance.n.01 liquid_body_substance.n.01 reproductive_organ.n.01 genitalia.n.01 membrane.n.02 brain.n.01 system.n.06
    smear.n.02 gonad.n.01 internal_organ.n.01 skeletal_muscle.n.01 sphincter.n.01 cartilage.n.01 suture.n.01 cavity.n.04 meninx.n.01
    duct.n.01 condyle.n.01 foramen.n.01 computer_circuit.n.01 administrative_district.n.01 toxin.n.01 antigen.n.01 poison.n.01
    alkaloid.n.01 plastid.n.01 spore.n.01 gamete.n.01 taxonomic_group.n.01 embryo.n.01 disorder.n.01 disease.n.01
    chordate_family.n.01 explanation.n.01 electronic_text.n.01 character_set.n.01 grammatical_category.n.01 stressor.n.01
    closed_chain.n.01 infectious_agent.n.01""".split()

# But below these there is.
SEEN_ALL_THE_SAME = "beverage.n.01 food.n.01 cleansing_agent.n.01 cosmetic.n.01 adhesive.n.01 dye.n.01 paint.n.01".split()

# What the rules miss: the plain plurals, beings of tales, words whose first senses are abstract, things that are newer than WordNet.
ADDED = """person people man woman animal plant heart skeleton text logo letter word number page handwriting signature barcode fireworks
    trousers jeans shorts glasses sunglasses scissors clothes groceries vegetables dragon mermaid unicorn ghost angel devil vampire
    witch wizard zombie alien superhero skull wave surfing snowman igloo jellyfish screw queen clown ninja samurai sun moon earth
    comet galaxy eclipse sunset sunrise dusk dawn midnight noon earthquake avalanche kissing hugging smiling laughing waving
    sleeping reading school market street city town village house cartoon screenshot selfie close-up silhouette blur grid stripes
    spots dots arrow Christmas Halloween Easter blonde brunette toddler teenager twins bride groom couple family crowd audience
    tattoo beard moustache cat dog baby square star cross pattern texture background foreground horizon reflection fog steam sparks
    bubbles rust mold moped toaster wheelbarrow emoji meme website smartphone laptop skateboarder snowboard drone hoodie sneakers
    leggings sushi taco burrito latte cupcake""".split() + """teddy bear, roller coaster, Ferris wheel, monarch butterfly, traffic light,
    stop sign, cell phone, hot air balloon, polka dots,
    remote control, baby stroller, hot dog stand, license plate, video game, comic book, movie poster, street art, road sign, power
    lines, wind turbine, solar panel, shopping cart, birthday cake, potted plant, fire hydrant, parking meter, wine glass, group
    photo, black and white photograph, aerial view, night sky, city skyline""".replace("\n   ", "").split(", ")

# Adjectives have no file of their own for what is seen: heads of WordNet's clusters, and the attributes that heads describe.
SEEN_ATTRIBUTES = set("""color hue light luminosity shape curliness size length width height thickness depth texture evenness sharpness
    wetness cleanness fullness opacity clearness age beauty attractiveness complexion body_weight stature consistency solidity
    cubicity dullness freshness orientation motion volume magnitude happiness""".split())
SEEN_HEADS = set("""
    achromatic adorned aerial angular aquatic armed artificial asleep asymmetrical awake backed bare barreled beautiful blond bodied
    bright broken brunet buttoned calm chromatic civilian clean clear closed clothed cloudy coiled cold colored colorless coloured
    complex concave convex cooked covered crooked crossed crowded curved cut dark decorated deep dirty domestic dry dull elegant
    empty erect eyed fancy fashionable fastened fat feathered floral focused footed formal framed fresh frozen full furnished
    furrowed geometric glazed groomed haired hairless hairy handed happy hard headed high hollow horizontal horned hornless hot
    inclined indoor informal inhabited joyful joyless laced large leafless leafy legged light lighted lined lipped loaded long loose
    low manned medical metallic military modern motorized moving mown narrow natural nautical necked new nonmetallic nonmoving nosed
    old opaque open outdoor painted patterned paved petalous plain planted pointed pointless polished raw rimless rimmed ripe rocky
    rough round rural rusted rustless sad sandy saturated sealed seamed seated shallow sharp shaven sheathed shiny shod short
    sitting small smooth soft solid square standing stemless stemmed stormy straight strung sturdy stylish sweet symmetrical tall
    tame tasteful terrestrial thick thin tied tight toothed treeless ugly unbroken unbuttoned unclothed uncoiled uncrowded uncut
    unerect unfastened unfeathered unframed unfrozen unfurnished ungroomed uninhabited unlighted unmanned unmown unpainted unpaved
    unpolished unripe unshod untidy untied unwrapped upright urban vertical wet wide wild winged wooded woody worn wrapped wrinkled
    young""".split())

VERB_FILES = {"verb.motion", "verb.contact", "verb.body", "verb.competition", "verb.consumption", "verb.weather"}
# Verbs of other files that are seen as well.
MORE_VERBS = """sing speak talk shout yell whisper wave read write cook bake fry boil grill roast burn melt freeze grow bloom blossom sprout
    flower ripen rust crack break fade help hug teach study shop buy sell work pray celebrate telephone phone build paint draw
    sketch sew knit weave embroider carve sculpt film photograph play perform act pose watch look stare gaze peek point applaud
    cheer salute bow greet laugh cry weep blush dance juggle garden plow plant harvest farm milk graze camp vacation relax rest meet
    marry gather assemble queue shine glow sparkle glitter gleam flash bubble foam flood steam smoke darken brighten wilt wither
    decay swell shrink fold crumple print type tattoo dye bleach polish decorate illuminate light pave repair mend fix sign vote
    march demonstrate protest parade guard arrest rescue operate bandage deliver serve pour stir mix slice chop peel pack wrap
    unwrap open close lock recline crouch float drip leak spill splash bark howl roar meow quack crow chirp hatch nest""".split()

# What is common in WordNet's glosses and shows nothing in a phrase.
JOINING = set("""in on at of or and with for by as to is was are were has have like over under about be used but from near a the than past"""
    .split())
VAGUE_NOUNS = """agent system equipment instrument product work unit device piece part area region range side end surface structure order
    article material item lot thing top back base atom tissue cell relative joint place position ovary left floret bract stamen host axis
    ellipse figure source space point line tube use dark woolen matter person breast body male female perpendicular boy girl man
    woman""".split()
VAGUE_QUALITIES = """great difficult high low small large big new naked exposed bare given cutting""".split()
VAGUE_ACTIONS = """using having being making bringing putting getting killing taking""".split()

# A word with a sense that is marked so is left out, unless it is common in a sense that is seen ("queen", "suit") ...
MARKS = {"obscenity", "ethnic_slur", "disparagement"}
# ... and a sense whose gloss says such things is none that is seen.
FOUL_GLOSS = re.compile(
    r"\b(obscene|vulgar(ism)?|offensive (term|name|word)|ethnic slur|derogat\w*|disparag\w*|contemptuous|pejorative|"
    r"taboo|sexual|sexually|intercourse|copulat\w*|erotic\w*|pornograph\w*|masturbat\w*|orgasm|genitals?|genitalia|penis|vagina\w*|"
    r"vulva|scrot\w*|testic\w*|clitor\w*|anus|semen|ejaculat\w*|prostitut\w*|brothel|whore|homosexual\w*|fetish|excrement|feces|fecal|"
    r"urine|urinat\w*|defecat\w*|condoms?|contracepti\w*|suicid\w*|rape[ds]?|incest\w*|lewd\w*|lust|lustful|nazi\w*|stupid person|menstrua\w*)\b", re.I)
# Not in botany and zoology, where seeds have sexes.
LIVING = {"noun.animal", "noun.plant"}
