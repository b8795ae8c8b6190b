//! Vocabulary of fields of cooperation, with Sustainable Development Goals.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Fields named by Objective 17 of the 2013–2018 road map, the Aichi memorandum and the eighth
    /// edition, with the Sustainable Development Goals each serves.
    Theme = "themes", "thèmes", "分野", "themes" {
        SpatialPlanning = "spatial_planning", "aménagement du territoire", "国土整備・地域整備", "spatial planning", sdg: ["11"];
        UrbanPlanning = "urban_planning", "urbanisme", "都市計画", "urban planning", broader: "spatial_planning", sdg: ["11"];
        UrbanRenewal = "urban_renewal", "rénovation urbaine", "都市再生", "urban renewal", broader: "urban_planning", sdg: ["11"];
        Environment = "environment", "environnement", "環境", "environment", sdg: ["13", "15"];
        RenewableEnergy = "renewable_energy", "énergies renouvelables", "再生可能エネルギー", "renewable energy", broader: "environment", sdg: ["7"];
        Climate = "climate", "neutralité carbone", "脱炭素", "climate, carbon neutrality", broader: "environment", sdg: ["13"];
        CircularEconomy = "circular_economy", "recyclage, économie circulaire", "循環型社会", "circular economy", broader: "environment", sdg: ["12"];
        Biodiversity = "biodiversity", "biodiversité", "生物多様性", "biodiversity", broader: "environment", sdg: ["15"];
        Transport = "transport", "transports", "交通", "transport", sdg: ["9", "11"];
        Culture = "culture", "culture", "文化", "culture", sdg: ["4", "11"];
        Heritage = "heritage", "patrimoine", "文化遺産", "heritage", broader: "culture", sdg: ["11.4"];
        Crafts = "crafts", "artisanat", "伝統工芸", "crafts", broader: "culture", sdg: ["8"];
        Gastronomy = "gastronomy", "gastronomie", "食文化", "gastronomy", broader: "culture", sdg: ["2", "12"];
        AcademicExchange = "academic_exchange", "échanges universitaires", "大学間交流", "academic exchange", sdg: ["4"];
        Research = "research", "recherche", "研究", "research", sdg: ["9"];
        ScientificStudies = "scientific_studies", "études scientifiques", "科学研究", "scientific studies", broader: "research", sdg: ["9.5"];
        ScientificEconomicExchange = "scientific_economic_exchange", "échanges scientifiques et économiques", "科学・経済交流", "scientific and economic exchange", sdg: ["9", "17"];
        Innovation = "innovation", "innovation", "イノベーション", "innovation", sdg: ["9"];
        Digital = "digital", "numérique", "デジタル", "digital", sdg: ["9"];
        DisasterRiskPrevention = "disaster_risk_prevention", "prévention des risques liés aux catastrophes naturelles", "防災", "disaster risk prevention", sdg: ["11.5", "13.1"];
        Reconstruction = "reconstruction", "reconstruction (Tohoku)", "復興（東北）", "reconstruction", sdg: ["11"];
        SustainableDevelopment = "sustainable_development", "développement durable", "持続可能な開発", "sustainable development", sdg: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17"];
        Economy = "economy", "économie", "経済", "economy", sdg: ["8"];
        LocalEconomy = "local_economy", "économie locale", "地域経済", "local economy", broader: "economy", sdg: ["8"];
        Trade = "trade", "échanges commerciaux", "貿易・通商", "trade", broader: "economy", sdg: ["17"];
        Agriculture = "agriculture", "agriculture", "農業", "agriculture", broader: "economy", sdg: ["2"];
        Tourism = "tourism", "tourisme", "観光", "tourism", broader: "economy", sdg: ["8.9"];
        Security = "security", "sécurité des visiteurs", "観光客の安全", "visitor safety", broader: "tourism", sdg: ["16"];
        Industry = "industry", "industrie", "産業", "industry", broader: "economy", sdg: ["9"];
        Automotive = "automotive", "automobile", "自動車産業", "automotive", broader: "industry", sdg: ["9"];
        Aerospace = "aerospace", "aérospatiale", "航空宇宙産業", "aerospace", broader: "industry", sdg: ["9"];
        MountainIndustry = "mountain_industry", "industrie de la montagne", "山岳産業", "mountain industry", broader: "industry", sdg: ["8", "15"];
        Inclusion = "inclusion", "inclusion, solidarité", "包摂・連帯", "inclusion, solidarity", sdg: ["10"];
        CitizenParticipation = "citizen_participation", "participation citoyenne", "市民参加", "citizen participation", sdg: ["16"];
        Ageing = "ageing", "vieillissement", "高齢化", "ageing", sdg: ["3", "10"];
        Youth = "youth", "jeunesse", "青少年", "youth", sdg: ["4"];
        Sport = "sport", "sport, Jeux olympiques", "スポーツ・五輪", "sport, Olympics", sdg: ["3"];
        Peace = "peace", "paix", "平和", "peace", sdg: ["16"];
    }
}
